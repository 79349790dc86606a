using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Cli.Display;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands.Inspect;

/// <summary>Prints what a PEFT adapter folder holds: its configuration, and by kind of module the size and mean norm of A and B.</summary>
internal static class AdapterInspection
{
    /// <summary>The file by which an adapter folder is known.</summary>
    public const string ConfigName = "adapter_config.json";

    private const string WeightsName = "adapter_model.safetensors";

    private static readonly string[] s_configKeys =
        ["peft_type", "task_type", "base_model_name_or_path", "r", "lora_alpha", "lora_dropout", "use_rslora", "target_modules", "rank_pattern", "alpha_pattern", "trainable_token_indices", "modules_to_save", "bias"];

    /// <summary>Prints an adapter folder.</summary>
    /// <exception cref="FileNotFoundException">The folder has a configuration but no weights.</exception>
    /// <exception cref="CheckpointFormatException">A file breaks its format.</exception>
    public static void Write(TextWriter output, string folder, bool all)
    {
        string full = Path.GetFullPath(folder);
        output.WriteLine($"Adapter folder {full}");
        string config = Path.Combine(full, ConfigName);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(config));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new CheckpointFormatException(config, null, "expected a JSON object");
            CheckpointInspection.WriteJson(output, document.RootElement, s_configKeys);
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException(config, null, e.Message, e);
        }
        output.WriteLine();
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(full, WeightsName));
        TensorListing.Write(output, weights, all);
        WriteNorms(output, weights);
    }

    // Zero norms of B show an adapter that was never trained; a module that differs from its kin shows a problem.
    private static void WriteNorms(TextWriter output, SafetensorsFile weights)
    {
        ILookup<(string Module, char Side), double> norms = weights.Names
            .Select(name => (name, parts: name.Split('.')))
            .Where(item => item.parts.Length > 3 && item.parts[^2] is "lora_A" or "lora_B")
            .ToLookup(item => (item.parts[^3], item.parts[^2][^1]), item => Norm(weights, item.name));
        List<string[]> rows = [["module", "adapters", "mean norm of A", "mean norm of B"]];
        foreach (string module in norms.Select(group => group.Key.Module).Distinct())
            rows.Add([SafeText.Line(module, 60), $"{norms[(module, 'A')].Count()}", Mean(norms[(module, 'A')]), Mean(norms[(module, 'B')])]);
        if (rows.Count == 1)
            return;
        output.WriteLine();
        AlignedLines.Write(output, rows, rightAligned: [1, 2, 3]);
    }

    private static double Norm(SafetensorsFile weights, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor values = weights.Read(name, ScalarType.Float32);
        return values.norm().item<float>();
    }

    private static string Mean(IEnumerable<double> norms) => norms.DefaultIfEmpty(double.NaN).Average().ToString("0.0000", CultureInfo.InvariantCulture);
}
