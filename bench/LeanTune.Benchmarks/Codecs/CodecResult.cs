namespace LeanTune.Benchmarks.Codecs;

/// <summary>What one codec in one mode did to the gradient, batch by batch.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Codec">The codec.</param>
internal sealed record CodecResult(string Mode, CodecChoice Codec)
{
    /// <summary>Errors of all adapters together, one a batch.</summary>
    public List<GradientError> Whole { get; } = [];

    /// <summary>Errors of each block's adapters, one list a batch.</summary>
    public List<GradientError[]> Blocks { get; } = [];

    /// <summary>Kept bits of a number, one a batch.</summary>
    public List<double> Bits { get; } = [];

    /// <summary>Bytes held at the end of the forward pass, one a batch.</summary>
    public List<double> Kept { get; } = [];

    /// <summary>Seconds of the step, of Save, and of Restore, one a batch.</summary>
    public List<(double Step, double Encode, double Decode)> Seconds { get; } = [];

    /// <summary>Share of the step that is spent in codecs; the median, as the first step also compiles. Null in mode ops, where a codec without a meter works within the MLP.</summary>
    public double? ShareOfStep => Mode == "ops" ? null : Statistics.Median(Seconds.Select(each => (each.Encode + each.Decode) / each.Step));

    /// <summary>A line of the table.</summary>
    public string Markdown() => FormattableString.Invariant(
        $"| {Mode} | {Codec.Name} | {Bits.Average():F2} | {Whole.Average(e => e.Cosine):F4} ± {HalfRange(e => e.Cosine):F4} | {Whole.Average(e => e.Relative):F3} ± {HalfRange(e => e.Relative):F3} | {Kept.Average() / 1e6:F1} | {(ShareOfStep is null ? "" : FormattableString.Invariant($"{1000 * Median(each => each.Encode):F0} + {1000 * Median(each => each.Decode):F0}"))} | {ShareOfStep:P1} |");

    /// <summary>A line of the report.</summary>
    public (string Name, object? Value)[] Fields() =>
    [
        ("mode", Mode), ("codec", Codec.Name), ("fidelity", Codec.FidelityIn(Mode)), ("bits_per_element", Bits.Average()),
        ("cosine", Whole.Average(e => e.Cosine)), ("relative_error", Whole.Average(e => e.Relative)), ("kept_bytes", Kept.Average()),
        ("codec_share_of_step", ShareOfStep), ("cosine_half_range", HalfRange(e => e.Cosine)), ("relative_error_half_range", HalfRange(e => e.Relative)),
        ("encode_seconds", ShareOfStep is null ? null : Median(each => each.Encode)), ("decode_seconds", ShareOfStep is null ? null : Median(each => each.Decode)), ("step_seconds", Median(each => each.Step)),
        ("block_cosine", PerBlock(e => e.Cosine)), ("block_relative_error", PerBlock(e => e.Relative)),
    ];

    /// <summary>Means over the batches, block by block.</summary>
    public double[] PerBlock(Func<GradientError, double> what) =>
        [.. Enumerable.Range(0, Blocks[0].Length).Select(block => Blocks.Average(batch => what(batch[block])))];

    private double HalfRange(Func<GradientError, double> what) => (Whole.Max(what) - Whole.Min(what)) / 2;

    private double Median(Func<(double Step, double Encode, double Decode), double> what) => Statistics.Median(Seconds.Select(what));
}
