using System.CommandLine;
using System.Globalization;
using LeanTune.Cli.Commands.Memory;
using LeanTune.Cli.Display;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Hub;
using LeanTune.Planning;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune plan RECIPE</c>: says how <c>train</c> would run, what that takes, and what other budgets would buy.</summary>
internal static class PlanCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, TextWriter error, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "The recipe: a YAML file.");
        Option<string[]> set = new("--set") { Description = "Replace a value of the recipe, as in train.", HelpName = "KEY=VALUE" };
        Option<string?> memory = new("--memory") { Description = "Plan for this budget instead of the recipe's: 6GiB, 900MB, 80%, auto.", HelpName = "SIZE" };
        Option<bool> json = new("--json") { Description = "Write JSON instead of tables." };
        Command command = new("plan", "Show what train would choose for a memory budget, block by block, and what other budgets would buy. Reads no weights; measures one block.") { path, set, memory, json };
        command.SetAction(parsed => Run(console, error, hub(parsed), parsed.GetRequiredValue(path), parsed.GetValue(set) ?? [], parsed.GetValue(memory), parsed.GetValue(json)));
        return (command, """
            leantune plan my.yaml --memory 6GiB
            leantune plan my.yaml --memory 80% --set data.max_length=2048
            """);
    }

    private static int Run(IAnsiConsole console, TextWriter error, HubFiles hub, string path, string[] overrides, string? memory, bool json)
    {
        string[] all = memory is null ? overrides : [.. overrides, $"memory={memory}"];
        Recipe recipe = Recipe.Load(path, all);
        FineTuneOptions options = recipe.Resolve(hub, ModelPart.Tokenizer);
        TrainingForecast forecast;
        try
        {
            forecast = new FineTuner(options).Forecast(message => error.WriteLine($"note: {SafeText.Of(message)}"));
        }
        catch (OptionsException e)
        {
            throw recipe.Locate(e);
        }

        TextWriter output = console.Profile.Out.Writer;
        if (json) ForecastJson.Write(output, forecast);
        else Write(output, forecast);
        return forecast.Chosen is null ? ExitCode.Memory : ExitCode.Done;
    }

    private static void Write(TextWriter output, TrainingForecast forecast)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"longest batch: {forecast.Work.Batch} x {forecast.Work.Tokens} tokens, {forecast.Work.Supervised} with a loss, {(forecast.Work.Dtype == TorchSharp.torch.ScalarType.BFloat16 ? "bf16" : "fp32")}"));
        output.WriteLine($"budget:        {(forecast.BudgetBytes is { } budget ? MemoryText.Bytes(budget) : "none")} ({MemoryText.Bytes(forecast.FreeBytes)} free on this machine)");
        output.WriteLine();
        if (forecast.Chosen is { } chosen)
        {
            output.WriteLine("Chosen, block by block:");
            WriteBlocks(output, chosen.Plan);
            output.WriteLine();
            MemoryText.WriteParts(output, [("expected", chosen.Memory)]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"blocks of one batch: {chosen.Seconds:0.00} s, {chosen.Seconds / forecast.Checkpointing.Seconds:0.00} x exact layer checkpointing ({MemoryText.Bytes(forecast.Checkpointing.Memory.Expected)})"));
        }
        else
        {
            output.WriteLine($"Nothing fits: the least is {MemoryText.Bytes(forecast.Least.Memory.High)} ({forecast.Least.Plan}).");
            MemoryText.WriteWaysOut(output, forecast.WaysOut);
        }

        output.WriteLine();
        output.WriteLine("What memory buys (process at most; time of the blocks over exact layer checkpointing):");
        List<string[]> rows = [["memory", "time", "plan"]];
        rows.AddRange(forecast.Frontier.Select(run => new[] { MemoryText.Bytes(run.Memory.High), Ratio(run, forecast), run.Plan.ToString() }));
        AlignedLines.Write(output, rows, rightAligned: [0, 1]);
        output.WriteLine();
        FrontierPlot.Write(output, [.. forecast.Frontier.Select(run => ((double)run.Memory.High, run.Seconds / forecast.Checkpointing.Seconds))]);
    }

    private static void WriteBlocks(TextWriter output, RunPlan plan)
    {
        int first = 1;
        List<string[]> rows = [];
        foreach ((BlockWay way, int blocks) in plan.Stretches)
        {
            rows.Add([blocks == 1 ? $"block {first}" : $"blocks {first}-{first + blocks - 1}", way.ToString(), way.IsExact ? "exact gradients" : "approximate gradients"]);
            first += blocks;
        }

        rows.Add(["batch", plan.MicroBatch == 1 ? "1 sequence at a time" : $"{plan.MicroBatch} sequences at a time"]);
        rows.Add(["tiles", $"{plan.TileBytes >> 20} MiB"]);
        AlignedLines.Write(output, rows, indent: "  ");
    }

    private static string Ratio(PlannedRun run, TrainingForecast forecast) =>
        (run.Seconds / forecast.Checkpointing.Seconds).ToString("0.00", CultureInfo.InvariantCulture);
}
