using LeanTune.Checkpoints;
using static TorchSharp.torch;

namespace LeanTune.Adapters.Peft;

/// <summary>Writes A and B of every module as PEFT names them, after checking that the configuration will find them again.</summary>
internal static class FactorsWriter
{
    /// <summary>The configuration to write: modules spelt out, and patterns that survive PEFT saving it again.</summary>
    /// <exception cref="AdapterException">See <see cref="PeftFolder.Write"/>.</exception>
    public static LoraConfig Check(LoraConfig config, IReadOnlyList<LoraFactors> factors, IReadOnlyList<TokenValues> tokens)
    {
        config.Validate();
        if (factors.Count == 0) throw new AdapterException("An adapter without modules changes nothing and is not written.");
        string[] modules = [.. factors.Select(pair => pair.Module)];
        if (modules.GroupBy(module => module, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new AdapterException($"The module '{twice.Key}' is given twice.");
        foreach (LoraFactors pair in factors) CheckShapes(pair, config.RankOf(pair.Module));
        CheckTokens(config, tokens);
        LoraConfig spelt = config.TargetModules is null or { IsAllLinear: true } ? config with { TargetModules = TargetModules.List(modules) } : config;
        foreach (string module in modules)
            if (!spelt.TargetModules!.Matches(module) || spelt.ExcludeModules?.Matches(module) == true)
                throw new AdapterException($"target_modules {spelt.TargetModules} does not select '{module}': whoever reads the adapter would leave it out.");
        return SortedPatterns.Apply(spelt, modules);
    }

    /// <summary>Writes the tensor file aside, fp32, one module at a time.</summary>
    public static void WriteAside(string path, IReadOnlyList<LoraFactors> factors, IReadOnlyList<TokenValues> tokens, IReadOnlyDictionary<string, string>? metadata)
    {
        Dictionary<string, string> header = metadata is null ? [] : new(metadata, StringComparer.Ordinal);
        header["format"] = "pt";
        IEnumerable<TensorToWrite> rows = tokens.Select(values => new TensorToWrite(PeftKeys.Tokens(values.Module), values.Values.shape, ScalarType.Float32, () => Float(values.Values)));
        SafetensorsWriter.WriteAside(path, rows.Concat(factors.OrderBy(pair => pair.Module, StringComparer.Ordinal).SelectMany(Tensors)), header);
    }

    private static TensorToWrite[] Tensors(LoraFactors pair) =>
    [
        new(PeftKeys.A(pair.Module), pair.A.shape, ScalarType.Float32, () => Float(pair.A)),
        new(PeftKeys.B(pair.Module), pair.B.shape, ScalarType.Float32, () => Float(pair.B)),
    ];

    // A tensor of its own even where the type is right already: the writer disposes what it is handed.
    private static Tensor Float(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        return detached.to(ScalarType.Float32, copy: true);
    }

    private static void CheckTokens(LoraConfig config, IReadOnlyList<TokenValues> tokens)
    {
        if (tokens.Count != config.TrainedTokens.Count)
            throw new AdapterException($"trainable_token_indices names {config.TrainedTokens.Count} tables; rows are given of {tokens.Count}.");
        foreach (TokenValues values in tokens)
        {
            IReadOnlyList<int>? ids = config.TrainedTokens.FirstOrDefault(entry => TargetModules.EntryMatches(entry.Key, values.Module)).Value;
            if (ids is null || !ids.SequenceEqual(values.Ids)) throw new AdapterException($"trainable_token_indices does not have the tokens of '{values.Module}'.");
            if (values.Values.dim() != 2 || values.Values.shape[0] != ids.Count)
                throw new AdapterException($"The rows of '{values.Module}' have shape ({string.Join(", ", values.Values.shape)}); expected ({ids.Count}, width).");
        }
    }

    private static void CheckShapes(LoraFactors pair, int rank)
    {
        if (pair.A.dim() != 2 || pair.A.shape[0] != rank)
            throw new AdapterException($"lora_A of '{pair.Module}' has shape ({string.Join(", ", pair.A.shape)}); expected ({rank}, in) for its rank {rank}.");
        if (pair.B.dim() != 2 || pair.B.shape[1] != rank)
            throw new AdapterException($"lora_B of '{pair.Module}' has shape ({string.Join(", ", pair.B.shape)}); expected (out, {rank}) for its rank {rank}.");
    }
}
