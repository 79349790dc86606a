using System.Globalization;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>Rotary scaling as config.json spells it, recovered from GGUF's keys or from its tensor of frequency factors.</summary>
/// <param name="Type">linear, yarn or llama3.</param>
/// <param name="Factor">How much longer the context became.</param>
/// <param name="OriginalContext">Context of the pretraining; null where the type has no use for it.</param>
internal sealed record GgufRopeScaling(string Type, float Factor, int? OriginalContext)
{
    /// <summary>The frequency factors of llama 3.1 and later, which GGUF stores instead of the four numbers that they come from.</summary>
    public const string FactorsTensor = "rope_freqs.weight";

    /// <summary>llama3's low_freq_factor: the same in every released model.</summary>
    public const float LowFrequencyFactor = 1;

    /// <summary>llama3's high_freq_factor: the same in every released model.</summary>
    public const float HighFrequencyFactor = 4;

    /// <summary>Finds a file's scaling; null when it has none.</summary>
    /// <exception cref="CheckpointFormatException">The scaling is of a kind that config.json cannot express.</exception>
    public static GgufRopeScaling? Read(GgufFile file, GgufMetadata metadata, Func<string, string> key, float theta, int headDim, int context)
    {
        string type = metadata.Text(key("rope.scaling.type")) ?? "none";
        float? factor = metadata.Real(key("rope.scaling.factor")) ?? metadata.Real(key("rope.scale_linear"));
        int? original = metadata.Size(key("rope.scaling.original_context_length"));
        if (file.Contains(FactorsTensor))
            return type == "none" ? FromFactors(file, theta, headDim, original ?? 8192) : throw Unsupported(
                file,
                $"'{type}' together with {FactorsTensor}");
        return type switch
        {
            "none" when factor is null or 1 => null,
            "linear" or "none" when factor > 0 => new GgufRopeScaling("linear", factor.Value, null),
            "yarn" when factor > 0 => new GgufRopeScaling("yarn", factor.Value, original ?? (int)(context / factor.Value)),
            _ => throw Unsupported(
                file,
                $"'{CheckpointFormatException.Shorten(type)}' with factor {factor?.ToString(CultureInfo.InvariantCulture) ?? "none"}"),
        };
    }

    /// <summary>
    /// llama3: with wavelength w = 2π·θ^(2i/D) and original context c, the factor is 1 for w &lt; c/4, f for w &gt; c, and between them
    /// 1 / ((1 − s)/f + s) with s = (c/w − 1)/(4 − 1). f is the largest factor; c comes from the factors in between.
    /// </summary>
    private static GgufRopeScaling FromFactors(GgufFile file, float theta, int headDim, int likelyContext)
    {
        float[] factors;
        using (Tensor tensor = file.Read(FactorsTensor, ScalarType.Float32))
        {
            if (tensor.shape is not [var count] || count != headDim / 2)
                throw new CheckpointFormatException(
                    file.Path, $"tensor '{FactorsTensor}'",
                    $"has shape [{string.Join(", ", tensor.shape)}]; expected [{headDim / 2}]");
            factors = tensor.data<float>().ToArray();
        }

        float factor = factors.Max();
        IEnumerable<int> contexts = factors
            .Select((value, i) => (value, i))
            .Where(pair => pair.value > 1 && pair.value < factor)
            .Select(pair => Context(pair.value, Wavelength(pair.i)))
            .Append(likelyContext);
        foreach (int context in contexts)
            if (factor > 1 && context > 0 && factors.Index().All(entry => Fits(entry.Item, Wavelength(entry.Index), context)))
                return new GgufRopeScaling("llama3", factor, context);
        throw Unsupported(file, $"the factors in {FactorsTensor} are not those of llama3 scaling");

        double Wavelength(int i) => 2 * Math.PI * Math.Pow(theta, 2.0 * i / headDim);

        int Context(double value, double wavelength)
        {
            double smooth = (1 / value - 1 / factor) / (1 - 1 / factor);
            return (int)Math.Round(wavelength * (LowFrequencyFactor + smooth * (HighFrequencyFactor - LowFrequencyFactor)));
        }

        bool Fits(double value, double wavelength, double context)
        {
            double smooth = Math.Clamp((context / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
            return Math.Abs(value * ((1 - smooth) / factor + smooth) - 1) < 1e-3;
        }
    }

    private static CheckpointFormatException Unsupported(GgufFile file, string what) =>
        new(file.Path, "rope scaling", $"{what} cannot be expressed in config.json; supported: none, linear, yarn, llama3 by {FactorsTensor}");
}
