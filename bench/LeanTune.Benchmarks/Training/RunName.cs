using LeanTune.Activations;
using LeanTune.Benchmarks.Codecs;

namespace LeanTune.Benchmarks.Training;

/// <summary>A way to train: <c>exact</c> (plain LoRA), or a mode and a codec, such as <c>layer-balanced</c> or <c>sublayer-1/8</c>.</summary>
/// <param name="Text">As it was spelt.</param>
/// <param name="Mode">The mode.</param>
/// <param name="Codec">The codec.</param>
internal sealed record RunName(string Text, string Mode, CodecChoice Codec)
{
    /// <summary>The run that all others are compared with.</summary>
    public const string Exact = "exact";

    /// <summary>Reads a spelling.</summary>
    /// <exception cref="ArgumentException">Another spelling.</exception>
    public static RunName Parse(string text) => text.Split('-', 2) switch
    {
        [Exact] => new(text, "none", CodecChoice.Parse(Exact, "none")),
        [var mode, var codec] => new(text, mode, CodecChoice.Parse(codec, mode)),
        _ => throw new ArgumentException($"The run '{text}' is not known: exact, or a mode and a codec such as layer-balanced or sublayer-1/8, is expected."),
    };

    /// <summary>The plan.</summary>
    public ActivationPlan Plan(int blocks) => Plans.Uniform(blocks, Mode, Codec.Codec);
}
