using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>Another codec, which it changes nothing of, and an observer who is told how much of each activation that one keeps.</summary>
/// <param name="codec">What keeps.</param>
/// <param name="observer">Told of each activation as it is kept, on the thread of the forward pass.</param>
internal sealed class MeasuredCodec(IActivationCodec codec, Action<SavedFidelity> observer) : IActivationCodec
{
    /// <summary>Rows that are compared at once: a few such tiles are all the memory that it takes.</summary>
    private const long TileRows = 1024;

    public bool Chained => codec.Chained;

    public bool Lossless => codec.Lossless;

    public bool Serves(ActivationRole role) => codec.Serves(role);

    public CodecBytes Expect(long rows, long features, ScalarType type) => codec.Expect(rows, features, type);

    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        SavedActivation saved = codec.Save(activation, context);
        try
        {
            // To restore from a chain is to begin its way down: what it would restore stands in its buffer.
            Tensor? standing = saved is ChainedActivation ? context.Chain!.Buffer : null;
            observer(new SavedFidelity(context.Site, saved.Rank, LostEnergy(activation, saved, standing, context.RowMask)));
            return saved;
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    public override string ToString() => codec.ToString()!;

    private static double LostEnergy(Tensor activation, SavedActivation saved, Tensor? standing, Tensor? mask)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor matrix = activation.detach().reshape(-1, activation.shape[^1]); // (N, n)
        double lost = 0, all = 0;
        foreach (RowRuns.Run run in RowRuns.For(matrix.shape[0], mask).Runs)
            for (long first = run.Start; first < run.Start + run.Length; first += TileRows)
            {
                using var inner = NewDisposeScope();
                long rows = Math.Min(TileRows, run.Start + run.Length - first);
                Tensor given = matrix.narrow(0, first, rows).to(ScalarType.Float32);
                Tensor restored = standing?.narrow(0, first, rows) ?? saved.Restore(first, rows).to(ScalarType.Float32);
                all += given.square().sum(ScalarType.Float64).item<double>();
                lost += (given - restored).square().sum(ScalarType.Float64).item<double>();
            }

        return lost == 0 ? 0 : lost / all;
    }
}
