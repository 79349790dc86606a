using System.CommandLine;
using System.Text.Json;
using LeanTune.Cli.Display;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Evaluation;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune eval RECIPE</c>: what a model, an adapter or a checkpoint achieves on a recipe's held-out examples.</summary>
internal static class EvalCommand
{
    private const string AdapterConfig = "adapter_config.json";

    public static (Command Command, string Examples) Create(IAnsiConsole console, TextWriter error, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> path = PathArgument.Create("RECIPE", "The recipe that names model and held-out examples.");
        Option<string[]> set = new("--set") { Description = "Replace a value of the recipe, as in train.", HelpName = "KEY=VALUE" };
        Option<string?> adapter = new("--adapter") { Description = "Adapter, run folder or checkpoint to evaluate, or an adapter of the hub. Without it: what the recipe's own run wrote, if it is there.", HelpName = "DIR" };
        Option<bool> plain = new("--base") { Description = "Evaluate the recipe's model without any adapter." };
        Option<int> shown = new("--show") { Description = "How many written answers are shown.", DefaultValueFactory = _ => 3, HelpName = "N" };
        Option<bool> json = new("--json") { Description = "Write JSON instead of text." };
        Command command = new("eval", "Measure a model or an adapter on held-out examples: loss and perplexity; with evaluation.choices accuracy and F1, with evaluation.generate exact match, ROUGE and BLEU.") { path, set, adapter, plain, shown, json };
        command.SetAction(parsed => Run(
            console, error, hub(parsed), Recipe.Load(parsed.GetRequiredValue(path), parsed.GetValue(set) ?? []), parsed.GetValue(adapter), parsed.GetValue(plain), parsed.GetValue(shown), parsed.GetValue(json)));
        return (command, """
            leantune eval my.yaml
            leantune eval my.yaml --base
            leantune eval my.yaml --adapter runs/mine/checkpoints/step-00000200 --set evaluation.choices=true
            """);
    }

    private static int Run(IAnsiConsole console, TextWriter error, HubFiles hub, Recipe recipe, string? given, bool plain, int shown, bool json)
    {
        if (plain && given is not null)
            throw new UsageException("--base: expected either --base or --adapter, not both");
        if (shown < 0)
            throw new UsageException("--show: expected 0 or more");
        FineTuneOptions options = recipe.Resolve(hub);
        (string model, string? adapter) = Chosen(options, hub, given, plain);
        options = options with { Model = options.Model with { Path = model, Start = WeightStart.Pretrained }, Adapter = new AdapterOptions() };
        using Interruption interruption = new(() => error.WriteLine("Stopping."));
        ModelEvaluation found;
        try
        {
            found = ModelEvaluation.Of(options, adapter, notice => error.WriteLine($"note: {SafeText.Of(notice)}"), interruption.Token);
        }
        catch (OptionsException e)
        {
            throw recipe.Locate(e);
        }

        TextWriter output = console.Profile.Out.Writer;
        if (json)
            WriteJson(output, model, adapter, found);
        else
            WriteText(output, model, adapter, found, shown);
        return ExitCode.Done;
    }

    /// <summary>The model to load and the adapter to put on it.</summary>
    private static (string Model, string? Adapter) Chosen(FineTuneOptions options, HubFiles hub, string? given, bool plain)
    {
        if (plain)
            return (options.Model.Path, null);
        if (given is null)
            return Directory.Exists(options.Output) ? Within(options.Output, options.Model.Path) ?? (options.Model.Path, null) : (options.Model.Path, null);
        if (Directory.Exists(given))
            return Within(given, options.Model.Path)
                ?? throw new UsageException($"--adapter {given}: there is neither {AdapterConfig} nor a model in it, in 'adapter' or in 'model'");
        return (options.Model.Path, hub.Model(given));
    }

    /// <summary>A folder is an adapter or a model, or a run folder or checkpoint that holds one.</summary>
    private static (string, string?)? Within(string folder, string model) =>
        new[] { folder, Path.Combine(folder, "adapter") }.FirstOrDefault(place => File.Exists(Path.Combine(place, AdapterConfig))) is { } adapter ? (model, adapter)
        : new[] { folder, Path.Combine(folder, "model") }.FirstOrDefault(place => File.Exists(Path.Combine(place, "config.json"))) is { } whole ? (whole, null)
        : null;

    private static void WriteText(TextWriter output, string model, string? adapter, ModelEvaluation found, int shown)
    {
        EvaluationCompleted result = found.Result;
        FormattableString Four(double value) => $"{value:0.0000}";
        string Number(double value) => FormattableString.Invariant(Four(value));
        List<string[]> lines =
        [
            ["model", SafeText.Line(model, 200)],
            ["adapter", adapter is null ? "none" : SafeText.Line(adapter, 200)],
            ["examples", $"{Units.Count(found.Examples)}, {Units.Count(result.SupervisedTokens)} tokens with a loss"],
            ["loss", Number(result.Loss)],
            ["perplexity", Number(result.Perplexity)],
            .. result.Scores.Select(score => new[] { score.Key, Number(score.Value) }),
            ["time", Units.Duration(result.Seconds)],
        ];
        AlignedLines.Write(output, [.. lines]);
        if (found.Classes is { } classes)
        {
            output.WriteLine();
            AlignedLines.Write(output,
                [["class", "examples", "chosen", "precision", "recall", "F1"], .. classes.Classes.Select(score => new[] { SafeText.Line(score.Name, 40), Units.Count(score.Examples), Units.Count(score.Chosen), Number(score.Precision), Number(score.Recall), Number(score.F1) })],
                rightAligned: [1, 2, 3, 4, 5]);
        }

        foreach (WrittenAnswer answer in found.Written.Take(shown))
        {
            output.WriteLine();
            output.WriteLine($"--- {SafeText.Line(answer.Place.ToString(), 200)}: {(answer.IsRight ? "right" : "wrong")}");
            output.WriteLine($"expected: {SafeText.Of(answer.Reference)}");
            output.WriteLine($"written:  {SafeText.Of(answer.Text)}");
        }
    }

    private static void WriteJson(TextWriter output, string model, string? adapter, ModelEvaluation found)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteString("adapter", adapter);
            json.WriteNumber("examples", found.Examples);
            json.WriteNumber("supervised_tokens", found.Result.SupervisedTokens);
            json.WriteNumber("loss", found.Result.Loss);
            json.WriteNumber("perplexity", found.Result.Perplexity);
            foreach ((string name, double score) in found.Result.Scores)
                json.WriteNumber(name, score);
            json.WriteNumber("seconds", found.Result.Seconds);
            if (found.Classes is { } classes)
            {
                json.WriteStartArray("classes");
                foreach (ClassScore score in classes.Classes)
                {
                    json.WriteStartObject();
                    json.WriteString("name", score.Name);
                    json.WriteNumber("examples", score.Examples);
                    json.WriteNumber("chosen", score.Chosen);
                    json.WriteNumber("right", score.Right);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteStartArray("written");
            foreach (WrittenAnswer answer in found.Written)
            {
                json.WriteStartObject();
                json.WriteString("place", answer.Place.ToString());
                json.WriteString("expected", answer.Reference);
                json.WriteString("written", answer.Text);
                json.WriteBoolean("right", answer.IsRight);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
