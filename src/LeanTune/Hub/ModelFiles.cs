using System.Globalization;
using System.Text.RegularExpressions;
using LeanTune.Checkpoints;

namespace LeanTune.Hub;

/// <summary>The files of a model's or an adapter's repository that LeanTune reads: no weights in other formats, no second copy of anything.</summary>
/// <param name="part">How much is needed.</param>
internal sealed partial class ModelFiles(ModelPart part) : FileChoice
{
    private const string AdapterConfig = "adapter_config.json";
    private const string AdapterWeights = "adapter_model.safetensors";

    private static readonly string[] s_small =
    [
        HubFolder.GenerationConfigName, HubFolder.TokenizerName, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "chat_template.jinja", "chat_template.json",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names)
    {
        if (names.Contains(AdapterConfig) && !names.Contains(HubFolder.ConfigName))
            return part < ModelPart.Weights || names.Contains(AdapterWeights)
                ? [.. new[] { AdapterConfig, AdapterWeights }.Where(name => part == ModelPart.Weights || name == AdapterConfig)]
                : throw new HubException($"{reference}: the adapter has no {AdapterWeights}; pickled weights are not read.");
        if (!names.Contains(HubFolder.ConfigName))
            throw new HubException($"{reference}: holds no {HubFolder.ConfigName}, so it is no model{Instead(reference, names)}.");
        List<string> wanted = [HubFolder.ConfigName];
        if (part >= ModelPart.Tokenizer)
            wanted.AddRange(names.Where(name => s_small.Contains(name) || FilePattern.Matches("additional_chat_templates/*.jinja", name)));
        if (part < ModelPart.Weights)
            return wanted;
        string[] weights = Weights(names);
        return weights.Length > 0 ? [.. wanted, .. weights] : throw new HubException($"{reference}: holds no weights in safetensors{Instead(reference, names)}.");
    }

    /// <inheritdoc/>
    public override bool IsEnough(HubReference reference, IReadOnlyList<string> names)
    {
        if (names.Contains(AdapterConfig) && names.Contains(AdapterWeights))
            return true;
        return names.Contains(HubFolder.ConfigName)
            && (part < ModelPart.Tokenizer || names.Contains(HubFolder.TokenizerName))
            && (part < ModelPart.Weights || AreComplete(Weights(names)));
    }

    // The single file counts where both are there, as in a folder.
    private static string[] Weights(IReadOnlyList<string> names) => names switch
    {
        _ when names.Contains(HubFolder.WeightsName) => [HubFolder.WeightsName],
        _ when names.Contains(HubFolder.IndexName) => [HubFolder.IndexName, .. names.Where(name => Shard().IsMatch(name)).Order(StringComparer.Ordinal)],
        _ => [],
    };

    private static bool AreComplete(string[] weights) =>
        weights is [HubFolder.WeightsName] || (weights.Length > 1 && int.Parse(Shard().Match(weights[1]).Groups[1].Value, CultureInfo.InvariantCulture) == weights.Length - 1);

    private static string Instead(HubReference reference, IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) is { } gguf)
            return $"; it has GGUF files: leantune download {reference.Id} --file {gguf}, then make a model folder of it with leantune import";
        return names.Any(name => name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".pt", StringComparison.OrdinalIgnoreCase))
            ? "; PyTorch's .bin and .pt files are not read: look for a revision with safetensors, such as refs/pr/1, or another repository of the same model"
            : $"; it has {names.Count} files{(names.Count == 0 ? "" : ", such as " + string.Join(", ", names.Take(5)))}";
    }

    [GeneratedRegex(@"^model-\d+-of-(\d+)\.safetensors$")]
    private static partial Regex Shard();
}
