using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>The smallest codec that depends on the block before: keeps the difference to the tensor that was saved last.</summary>
internal sealed class DifferenceCodec : IActivationCodec, IDisposable
{
    private Tensor? _running;

    public bool Serves(ActivationRole role) => true;

    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        Tensor difference = (_running is { } last ? activation - last : activation.clone()).DetachFromDisposeScope();
        Advance(difference, sign: 1);
        return new Difference(difference, this);
    }

    public void Dispose() => _running?.Dispose();

    private void Advance(Tensor difference, int sign)
    {
        using Tensor? last = _running;
        _running = (last is null ? difference.clone() : last.add(difference, alpha: sign)).DetachFromDisposeScope();
    }

    private sealed class Difference(Tensor kept, DifferenceCodec codec) : SavedActivation
    {
        public override long Bytes => kept.NumberOfElements * kept.ElementSize;

        public override string Kind => "difference";

        public override IReadOnlyList<long> Shape => kept.shape;

        /// <summary>Right only while the codec stands where it stood when this was saved.</summary>
        public override Tensor Restore(long firstRow, long rows)
        {
            Tensor restored = codec._running!.narrow(0, firstRow, rows).clone();
            codec.Advance(kept, sign: -1);
            return restored;
        }

        protected override void Dispose(bool disposing) => kept.Dispose();
    }
}
