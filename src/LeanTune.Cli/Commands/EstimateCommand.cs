using System.CommandLine;
using System.Globalization;
using LeanTune.Activations;
using LeanTune.Adapters.Peft;
using LeanTune.Cli.Commands.Memory;
using LeanTune.Cli.Hub;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Planning;
using LeanTune.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune estimate MODEL</c>: what fine-tuning would take, from the model's shapes alone.</summary>
internal static class EstimateCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> model = PathArgument.Create("MODEL", $"A model folder or its config.json, a model of the hub (owner/name), or shapes: {ModelShapes.Example}.");
        Option<int> batch = Number("--batch", "Sequences at once.", 1), tokens = Number("--tokens", "Tokens of each.", 1024), rank = Number("--rank", "LoRA rank.", 8), tile = Number("--tile-mib", "MiB that the insides of one block may take.", 64);
        Option<string[]> targets = new("--target-modules") { Description = "Modules with an adapter, as in a recipe.", DefaultValueFactory = _ => ["all-linear"], AllowMultipleArgumentsPerToken = true };
        Option<bool> full = new("--full") { Description = "Train all weights instead of an adapter." };
        Option<string> dtype = new("--dtype") { Description = "bf16, fp32, or auto: what train would choose on this machine.", DefaultValueFactory = _ => "auto" };
        dtype.AcceptOnlyFromAmong("auto", "bf16", "fp32");
        Option<Fidelity> fidelity = new("--fidelity") { Description = "How true the gradients of ops, sublayer and layer are.", DefaultValueFactory = _ => Fidelity.Balanced };
        Option<bool> json = new("--json") { Description = "Write JSON instead of a table." };
        Command command = new("estimate", "Estimate what fine-tuning a model takes, part by part and mode by mode, from config.json alone.") { model, batch, tokens, rank, targets, full, dtype, fidelity, tile, json };
        command.SetAction(parsed =>
        {
            DecoderConfig config = ModelShapes.Read(parsed.GetRequiredValue(model), hub(parsed));
            bool all = parsed.GetValue(full);
            AdaptedShape shape = all ? AdaptedShape.Full(config) : AdaptedShape.Lora(config, new LoraConfig
            {
                Rank = parsed.GetValue(rank), Alpha = 16, TargetModules = TargetModules.Parse(parsed.GetValue(targets)!), BaseModelNameOrPath = "",
            });
            ScalarType type = parsed.GetValue(dtype) switch
            {
                "bf16" => ScalarType.BFloat16,
                "fp32" => ScalarType.Float32,
                _ => !all && CpuFeatures.HasBf16Products ? ScalarType.BFloat16 : ScalarType.Float32,
            };
            if (all && type == ScalarType.BFloat16) throw new UsageException("--dtype: all weights are trained in fp32: leave --dtype bf16 or --full out");
            long sequences = parsed.GetValue(batch), length = parsed.GetValue(tokens);
            StepWork work = new(sequences, length, sequences * length, type);
            long tileBytes = (long)parsed.GetValue(tile) << 20;
            Write(console.Profile.Out.Writer, shape, work, Ways(parsed.GetValue(fidelity)), tileBytes, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return (command, $$"""
            leantune estimate models/Llama-3.2-1B --batch 4 --tokens 2048
            leantune estimate Qwen/Qwen3-0.6B --tokens 2048
            leantune estimate {{ModelShapes.Example}} --tokens 4096 --json
            """);
    }

    private static void Write(TextWriter output, AdaptedShape shape, StepWork work, IReadOnlyList<(string, BlockWay)> ways, long tileBytes, bool json)
    {
        List<(string, ProcessEstimate)> estimates = [];
        foreach ((string name, BlockWay way) in ways)
            estimates.Add((name, ProcessEstimate.Of(shape, work, RunPlan.Uniform(way, shape.Config.Blocks, work.Batch, tileBytes), 0)));
        if (json)
        {
            ForecastJson.Write(output, work, estimates);
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{shape.Config.ModelType}, {Display.Units.ShortCount(shape.Config.Parameters)} parameters, {Display.Units.ShortCount(shape.Trained)} trained; {work.Batch} x {work.Tokens} tokens, all with a loss, {(work.Dtype == ScalarType.BFloat16 ? "bf16" : "fp32")}"));
        if (work.Tokens > shape.Config.MaxPositions) output.WriteLine($"note: {work.Tokens} tokens are beyond the {shape.Config.MaxPositions} that the model was made for");
        output.WriteLine();
        MemoryText.WriteParts(output, estimates);
    }

    private static List<(string, BlockWay)> Ways(Fidelity fidelity)
    {
        BlockWay By(ActivationMode mode, Fidelity how) => ActivationWays.Of(mode, how);
        List<(string, BlockWay)> ways = [("none", BlockWay.Plain), ("ops", By(ActivationMode.Ops, fidelity)), ("sublayer", By(ActivationMode.Sublayer, fidelity)), ("layer", By(ActivationMode.Layer, fidelity))];
        if (fidelity != Fidelity.Exact) ways.Insert(2, ("checkpointing", BlockWay.Checkpointing));
        return ways;
    }

    private static Option<int> Number(string name, string description, int otherwise)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && value < 1)
                result.AddError($"{name}: expected at least 1; found {value}");
        });
        return option;
    }
}
