using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>The smallest codec that depends on the block before: keeps the difference to the tensor that was saved last.</summary>
internal sealed class DifferenceCodec : IActivationCodec
{
    public bool Serves(ActivationRole role) => true;

    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        DifferenceChain chain = context.Chain.ShouldBeOfType<DifferenceChain>();
        Tensor difference = (chain.Running is { } last ? activation - last : activation.clone()).DetachFromDisposeScope();
        chain.Advance(difference, sign: 1);
        return new Difference(difference, chain);
    }

    private sealed class Difference(Tensor kept, DifferenceChain chain) : SavedActivation
    {
        public override long Bytes => kept.NumberOfElements * kept.ElementSize;

        public override string Kind => "difference";

        public override IReadOnlyList<long> Shape => kept.shape;

        /// <summary>Right only while the chain stands where it stood when this was saved.</summary>
        public override Tensor Restore(long firstRow, long rows)
        {
            Tensor restored = chain.Running!.narrow(0, firstRow, rows).clone();
            chain.Advance(kept, sign: -1);
            return restored;
        }

        protected override void Dispose(bool disposing) => kept.Dispose();
    }
}

/// <summary>The tensor that the chain stands at.</summary>
internal sealed class DifferenceChain : ChainState
{
    public Tensor? Running { get; private set; }

    public override long Bytes => Running is { } running ? running.NumberOfElements * running.ElementSize : 0;

    public void Advance(Tensor difference, int sign)
    {
        using Tensor? last = Running;
        Running = (last is null ? difference.clone() : last.add(difference, alpha: sign)).DetachFromDisposeScope();
    }

    protected override void Dispose(bool disposing) => Running?.Dispose();
}
