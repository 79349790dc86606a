using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>A codec with a meter on it: the same results, counted and timed.</summary>
internal sealed class MeteredCodec(IActivationCodec codec, CodecMeter meter) : IActivationCodec
{
    /// <inheritdoc/>
    public bool Chained => codec.Chained;

    /// <inheritdoc/>
    public bool Lossless => codec.Lossless;

    /// <inheritdoc/>
    public bool Serves(ActivationRole role) => codec.Serves(role);

    /// <inheritdoc/>
    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        SaveContext where = context;
        SavedActivation saved = meter.Saving(() => codec.Save(activation, where));
        bool beginsChain = codec.Chained && context.Chain is not null && meter.Tensors == 0;
        meter.Count(beginsChain ? 0 : saved.Bytes, RealRows(activation, context.RowMask) * activation.shape[^1]);
        return new Metered(saved, meter);
    }

    /// <inheritdoc/>
    public override string? ToString() => codec.ToString();

    private static long RealRows(Tensor activation, Tensor? mask)
    {
        if (mask is null) return activation.NumberOfElements / activation.shape[^1];
        using Tensor count = mask.sum();
        return count.item<long>();
    }

    private sealed class Metered(SavedActivation saved, CodecMeter meter) : SavedActivation
    {
        public override long Bytes => saved.Bytes;

        public override string Kind => saved.Kind;

        public override IReadOnlyList<long> Shape => saved.Shape;

        public override Tensor Restore(long firstRow, long rows) => meter.Restoring(() => saved.Restore(firstRow, rows));

        public override Tensor Restore() => meter.Restoring(saved.Restore);

        internal override bool RestoresByView => saved.RestoresByView;

        public override bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows) => saved.TryGetFactors(out left, out right, out rows);

        protected override void Dispose(bool disposing) => meter.Restoring(() =>
        {
            saved.Dispose();
            return true;
        });
    }
}
