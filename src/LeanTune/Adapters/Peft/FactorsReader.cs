using LeanTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Adapters.Peft;

/// <summary>Reads A and B of every module from an adapter's tensor file, and names every tensor that is missing, left over or wrong.</summary>
internal static class FactorsReader
{
    /// <returns>The factors in the file's order and data type; the caller disposes the tensors.</returns>
    /// <exception cref="CheckpointFormatException">See <see cref="PeftFolder.Read"/>.</exception>
    public static IReadOnlyList<LoraFactors> Read(SafetensorsFile file, LoraConfig config)
    {
        IReadOnlyList<string> modules = CheckNames(file, config);
        foreach (string module in modules) CheckShapes(file, module, config.RankOf(module));
        List<LoraFactors> factors = [];
        try
        {
            foreach (string module in modules)
            {
                Tensor a = ReadFinite(file, PeftKeys.A(module));
                factors.Add(new(module, a, a)); // owned at once, should B fail
                factors[^1] = factors[^1] with { B = ReadFinite(file, PeftKeys.B(module)) };
            }

            return factors;
        }
        catch
        {
            foreach (LoraFactors pair in factors)
            {
                pair.A.Dispose();
                pair.B.Dispose();
            }

            throw;
        }
    }

    private static List<string> CheckNames(SafetensorsFile file, LoraConfig config)
    {
        List<string> modules = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string key in file.Names)
        {
            if (PeftKeys.ParseTokens(key) is not null) continue; // TokenValuesReader's
            (string module, bool isA) = PeftKeys.Parse(key) ?? throw Wrong(file, key, PeftKeys.Describe(key));
            string partner = isA ? PeftKeys.B(module) : PeftKeys.A(module);
            if (!file.Contains(partner)) throw Wrong(file, partner, $"is missing; '{CheckpointFormatException.Shorten(key)}' is there without it");
            if (!IsSelected(config, module)) throw Wrong(file, key, $"is left over: target_modules {config.TargetModules} of {PeftKeys.ConfigFile} does not select its module");
            if (seen.Add(module)) modules.Add(module);
        }

        return modules.Count > 0 ? modules : throw new CheckpointFormatException(file.Path, null, "holds no LoRA tensors: the adapter would change nothing");
    }

    // Only a list or an expression says which modules without the model at hand; the rest is MatchModel's.
    private static bool IsSelected(LoraConfig config, string module) => config.TargetModules is null || config.TargetModules.IsAllLinear
        || (config.TargetModules.Matches(module) && config.ExcludeModules?.Matches(module) != true);

    private static void CheckShapes(SafetensorsFile file, string module, int rank)
    {
        TensorInfo a = file.Info(PeftKeys.A(module)), b = file.Info(PeftKeys.B(module));
        foreach ((TensorInfo info, string expected, int axis) in ((TensorInfo, string, int)[])[(a, $"({rank}, in)", 0), (b, $"(out, {rank})", 1)])
        {
            if (info.Shape.Count != 2 || info.Shape[axis] != rank || info.Count == 0)
                throw Wrong(file, info.Name, $"has shape ({string.Join(", ", info.Shape)}); expected {expected} for the rank {rank} that {PeftKeys.ConfigFile} gives this module");
            CheckType(file, info);
        }
    }

    /// <exception cref="CheckpointFormatException">The tensor is stored as anything but a floating type.</exception>
    internal static void CheckType(SafetensorsFile file, TensorInfo info)
    {
        if (info.StoredAs is not ("F64" or "F32" or "F16" or "BF16"))
            throw Wrong(file, info.Name, $"has type {info.StoredAs}; expected F32, F16, BF16 or F64");
    }

    /// <summary>Reads a tensor in its type.</summary>
    /// <exception cref="CheckpointFormatException">A value is not finite.</exception>
    internal static Tensor ReadFinite(SafetensorsFile file, string key)
    {
        Tensor tensor = file.Read(key);
        using DisposeScope scope = NewDisposeScope();
        if (tensor.isfinite().all().ToBoolean()) return tensor;
        long wrong = tensor.isfinite().logical_not().sum().ToInt64();
        tensor.Dispose();
        throw Wrong(file, key, $"{wrong} of its values are NaN or infinite");
    }

    private static CheckpointFormatException Wrong(SafetensorsFile file, string key, string problem) => new(file.Path, key, problem);
}
