using System.Collections;
using System.Globalization;
using System.Text.Json;
using LeanTune.Checkpoints;
using LeanTune.Cli.Display;

namespace LeanTune.Cli.Commands.Inspect;

/// <summary>Prints what a checkpoint holds: its configuration in short, its tensors and their totals. Weights are not read.</summary>
internal static class CheckpointInspection
{
    private static readonly string[] s_configKeys =
    [
        "architectures", "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
        "intermediate_size", "hidden_act", "max_position_embeddings", "rope_theta", "rope_scaling", "rope_parameters", "tie_word_embeddings", "torch_dtype", "dtype",
    ];

    /// <summary>Prints a model folder.</summary>
    public static void Write(TextWriter output, HubFolder folder, bool all)
    {
        output.WriteLine($"Model folder {folder.Path}");
        WriteJson(output, folder.Config, s_configKeys);
        output.WriteLine();
        TensorListing.Write(output, folder.Tensors, all);
    }

    /// <summary>Prints one safetensors file.</summary>
    public static void Write(TextWriter output, SafetensorsFile file, bool all)
    {
        output.WriteLine($"Safetensors file {file.Path}");
        AlignedLines.Write(output, [.. file.Metadata.Select(pair => new[] { SafeText.Line(pair.Key, 40), SafeText.Line(pair.Value, 100) })], indent: "  ");
        output.WriteLine();
        TensorListing.Write(output, file, all);
    }

    /// <summary>Prints one GGUF file.</summary>
    public static void Write(TextWriter output, GgufFile file, bool all)
    {
        output.WriteLine($"GGUF file {file.Path}, version {file.Version}");
        AlignedLines.Write(output, [.. file.Metadata.Select(pair => new[] { SafeText.Line(pair.Key, 60), SafeText.Line(Text(pair.Value), 100) })], indent: "  ");
        output.WriteLine();
        TensorListing.Write(output, file, all);
    }

    /// <summary>Prints the named keys of a JSON object that are there, one a line.</summary>
    public static void WriteJson(TextWriter output, JsonElement config, IEnumerable<string> keys)
    {
        List<string[]> rows = [];
        foreach (string key in keys)
            if (config.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null && value.GetRawText() is not ("{}" or "[]"))
                rows.Add([key, SafeText.Line(Text(value), 100)]);
        AlignedLines.Write(output, rows, indent: "  ");
    }

    private static string Text(object value) => value switch
    {
        string text => text,
        ICollection { Count: > 8 } many => $"{Units.Count(many.Count)} values",
        IEnumerable few => string.Join(", ", few.Cast<object>().Select(Text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        _ => value.GetRawText(),
    };
}
