using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>Hands out factors and refuses to rebuild.</summary>
internal sealed class FactorsOnly(Tensor left, Tensor right) : IActivationCodec
{
    public bool Serves(ActivationRole role) => true;

    public SavedActivation Save(Tensor activation, in SaveContext context) => new Kept(left, right);

    internal sealed class Kept(Tensor left, Tensor right) : SavedActivation
    {
        public override long Bytes => 4 * (left.NumberOfElements + right.NumberOfElements);

        public override string Kind => SavedBytes.Factors;

        public override IReadOnlyList<long> Shape => [left.shape[0], right.shape[1]];

        public override Tensor Restore(long firstRow, long rows) => throw new InvalidOperationException("rebuilt");

        public override bool TryGetFactors(out Tensor leftFactor, out Tensor rightFactor, out IReadOnlyList<RowTile> rows)
        {
            (leftFactor, rightFactor, rows) = (left, right, [new RowTile(0, left.shape[0])]);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>Hands out another's factors and refuses to rebuild. The other is borrowed.</summary>
    internal sealed class Wrapped(SavedActivation kept) : SavedActivation
    {
        public override long Bytes => kept.Bytes;

        public override string Kind => kept.Kind;

        public override IReadOnlyList<long> Shape => kept.Shape;

        public override Tensor Restore(long firstRow, long rows) => throw new InvalidOperationException("rebuilt");

        public override bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows) => kept.TryGetFactors(out left, out right, out rows);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
