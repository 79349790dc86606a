using LeanTune.Models.Blocks;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Losses;

/// <summary>How likely each row's targets are by themselves: what answers are compared by.</summary>
public static class RowLikelihoods
{
    /// <summary>Sum of the log-likelihoods, in nats, of each row's supervised tokens; the logits of all tokens never exist at once. No graph is built.</summary>
    /// <param name="hidden">(N, C) with N = B·T: what the final norm reads. Borrowed.</param>
    /// <param name="norm">The final norm, or null for none.</param>
    /// <param name="head">(V, C). Borrowed.</param>
    /// <param name="labels">(B, T) int64, −100 where there is no loss; not shifted: position t is predicted from t − 1.</param>
    /// <param name="chunkBytes">Bytes of fp32 logits that may exist at once; at least one token's.</param>
    /// <returns>(B).</returns>
    public static double[] Sum(Tensor hidden, RmsNorm? norm, Tensor head, Tensor labels, long chunkBytes = ChunkedCrossEntropy.DefaultChunkBytes)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(labels);
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor positions, Tensor targets) = ChunkedCrossEntropy.Supervised(labels, hidden.shape[0]);
        Tensor gathered = hidden.index_select(0, positions); // (S, C)
        Tensor rows = positions.div(labels.shape[1], RoundingMode.floor); // (S)
        Tensor sums = zeros(labels.shape[0], ScalarType.Float64, hidden.device); // (B)
        long chunk = ChunkedCrossEntropy.ChunkRows(head.shape[0], chunkBytes);
        for (long first = 0; first < positions.shape[0]; first += chunk)
        {
            using DisposeScope inner = NewDisposeScope();
            long count = Math.Min(chunk, positions.shape[0] - first);
            Tensor part = gathered.narrow(0, first, count);
            Tensor read = norm is null ? part : RmsNorm.Normalize(part, RmsNorm.InverseRms(part, norm.Epsilon)) * norm.Weight; // (c, C)
            Tensor logits = nn.functional.linear(read, head).to(ScalarType.Float32); // (c, V)
            Tensor picked = logits.gather(1, targets.narrow(0, first, count).unsqueeze(1)).squeeze(1) - logits.logsumexp(1); // (c)
            sums.index_add_(0, rows.narrow(0, first, count), picked.to(ScalarType.Float64), 1);
        }

        return sums.cpu().data<double>().ToArray();
    }
}
