using LeanTune.Models;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Losses;

/// <summary>
/// Next-token cross-entropy through the head, computed by chunks of supervised tokens: the logits of all tokens never exist at
/// once, and memory does not depend on B·T·V.
/// </summary>
/// <remarks>
/// The gradient of the hidden states is computed in the forward pass, where each chunk's logits are at hand, and takes the place
/// of the gathered hidden states. The head's weight gets a gradient only when it asks for one.
/// </remarks>
public static class ChunkedCrossEntropy
{
    /// <summary>Bytes that one chunk of fp32 logits may take by default: 64 MiB.</summary>
    public const long DefaultChunkBytes = 64L << 20;

    /// <summary>Rows beyond which a matrix product does not get faster: small vocabularies need no larger chunk.</summary>
    private const long MostRows = 512;

    /// <summary>Sum of the negative log-likelihoods of all supervised tokens, times a scale.</summary>
    /// <param name="hidden">(N, C) with N = B·T: what the head reads. Borrowed.</param>
    /// <param name="head">(V, C). Borrowed.</param>
    /// <param name="labels">(B, T) int64, −100 where there is no loss; not shifted: position t is predicted from t − 1.</param>
    /// <param name="scale">Factor on the loss and its gradients, such as 1 / supervised tokens of the step.</param>
    /// <param name="chunkBytes">Bytes of fp32 logits that may exist at once; at least one token's.</param>
    /// <returns>A scalar in fp32; the caller disposes it.</returns>
    public static Tensor Sum(Tensor hidden, Tensor head, Tensor labels, double scale, long chunkBytes = DefaultChunkBytes) =>
        Sum(hidden, null, head, labels, scale, chunkBytes);

    /// <summary>The same with the model's final norm before the head, chunk by chunk: neither its input nor its output is kept for the backward pass.</summary>
    /// <param name="hidden">(N, C): what the final norm reads. Borrowed.</param>
    /// <param name="norm">The final norm, or null for none.</param>
    /// <param name="head">(V, C). Borrowed.</param>
    /// <param name="labels">(B, T) int64, −100 where there is no loss; not shifted.</param>
    /// <param name="scale">Factor on the loss and its gradients.</param>
    /// <param name="chunkBytes">Bytes of fp32 logits that may exist at once; at least one token's.</param>
    /// <returns>A scalar in fp32; the caller disposes it.</returns>
    public static Tensor Sum(Tensor hidden, RmsNorm? norm, Tensor head, Tensor labels, double scale, long chunkBytes = DefaultChunkBytes) =>
        Sum(hidden, norm, head, null, labels, scale, chunkBytes);

    /// <summary>The same with some rows of a frozen head trained: they get their gradient, (n, C), without one of the head's size.</summary>
    /// <param name="hidden">(N, C). Borrowed.</param>
    /// <param name="norm">The final norm, or null for none.</param>
    /// <param name="head">(V, C), the trained rows in their places. Borrowed.</param>
    /// <param name="tokens">Which rows are trained, or null for none. Borrowed.</param>
    /// <param name="labels">(B, T) int64.</param>
    /// <param name="scale">Factor on the loss and its gradients.</param>
    /// <param name="chunkBytes">Bytes of fp32 logits that may exist at once; at least one token's.</param>
    /// <returns>A scalar in fp32; the caller disposes it.</returns>
    internal static Tensor Sum(Tensor hidden, RmsNorm? norm, Tensor head, TokenRows? tokens, Tensor labels, double scale, long chunkBytes = DefaultChunkBytes)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(labels);
        bool graph = is_grad_enabled();
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Gradients wanted = new(
            graph && hidden.requires_grad,
            graph && head.requires_grad ? zeros(head.shape, ScalarType.Float32, head.device) : null,
            graph && norm is { Weight.requires_grad: true } ? zeros(norm.Weight.shape, ScalarType.Float32, head.device) : null,
            graph && tokens is { Values.requires_grad: true } ? zeros_like(tokens.Values) : null, tokens?.Ids);
        (Tensor rows, Tensor targets) = Supervised(labels, hidden.shape[0]);
        Tensor gathered = hidden.index_select(0, rows); // (S, C); becomes its own gradient
        Tensor total = zeros(1, ScalarType.Float64, hidden.device);
        long supervised = rows.shape[0];
        long chunk = ChunkRows(head.shape[0], chunkBytes);
        for (long first = 0; first < supervised; first += chunk)
        {
            using DisposeScope inner = NewDisposeScope();
            long count = Math.Min(chunk, supervised - first);
            Chunk(gathered.narrow(0, first, count), norm, head, targets.narrow(0, first, count), scale, total, wanted);
        }

        Tensor loss = total.mul_(scale).to(ScalarType.Float32).reshape([]); // ()
        if (!wanted.Any) return loss.MoveToOuterDisposeScope();
        long[] shape = hidden.shape;
        gathered.DetachFromDisposeScope();
        rows.DetachFromDisposeScope();
        wanted.Head?.DetachFromDisposeScope();
        wanted.Norm?.DetachFromDisposeScope();
        wanted.Tokens?.DetachFromDisposeScope();
        using (enable_grad())
        {
            return AutogradNode.Attach(
                [hidden, head, .. norm is null ? Array.Empty<Tensor>() : [norm.Weight], .. tokens is null ? Array.Empty<Tensor>() : [tokens.Values]],
                loss,
                gradient =>
                [
                    wanted.Hidden ? Scatter(gathered, rows, shape, gradient) : null,
                    wanted.Head?.mul(gradient).to(head.dtype),
                    .. norm is null ? Array.Empty<Tensor?>() : [wanted.Norm?.mul(gradient).to(norm.Weight.dtype)],
                    .. tokens is null ? Array.Empty<Tensor?>() : [wanted.Tokens?.mul(gradient)],
                ],
                () =>
                {
                    gathered.Dispose();
                    rows.Dispose();
                    wanted.Head?.Dispose();
                    wanted.Norm?.Dispose();
                    wanted.Tokens?.Dispose();
                }).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Supervised tokens of one chunk.</summary>
    /// <param name="vocabulary">V.</param>
    /// <param name="chunkBytes">Bytes of fp32 logits that may exist at once.</param>
    internal static long ChunkRows(long vocabulary, long chunkBytes) => Math.Clamp(chunkBytes / (vocabulary * sizeof(float)), 1, MostRows);

    /// <summary>Rows of the hidden states that predict a supervised token, and those tokens.</summary>
    internal static (Tensor Rows, Tensor Targets) Supervised(Tensor labels, long rows)
    {
        if (labels.dim() != 2 || labels.NumberOfElements != rows)
            throw new ArgumentException($"Labels must be (B, T) with B·T = {rows} hidden rows; got ({string.Join(", ", labels.shape)}).", nameof(labels));
        long tokens = labels.shape[1];
        Tensor shifted = full_like(labels, -100);
        if (tokens > 1) shifted.narrow(1, 0, tokens - 1).copy_(labels.narrow(1, 1, tokens - 1));
        Tensor flat = shifted.view(-1); // (N)
        Tensor found = flat.ne(-100).nonzero().view(-1); // (S)
        return (found, flat.index_select(0, found));
    }

    private static void Chunk(Tensor part, RmsNorm? norm, Tensor head, Tensor targets, double scale, Tensor total, Gradients wanted)
    {
        Tensor? rstd = norm is null ? null : RmsNorm.InverseRms(part, norm.Epsilon); // (c, 1)
        Tensor? normalized = rstd is null ? null : RmsNorm.Normalize(part, rstd); // (c, C)
        Tensor read = normalized is null ? part : normalized * norm!.Weight; // (c, C)
        Tensor logits = nn.functional.linear(read, head).to(ScalarType.Float32); // (c, V)
        Tensor column = targets.unsqueeze(1); // (c, 1)
        logits.sub_(logits.amax([1], keepdim: true));
        Tensor picked = logits.gather(1, column); // (c, 1); relative to the highest: large logits cost no digits
        logits.exp_();
        Tensor sums = logits.sum(1, keepdim: true); // (c, 1)
        total.add_((sums.log() - picked).sum(ScalarType.Float64));
        if (!wanted.Any) return;

        // Softmax minus one-hot, scaled, where the logits were.
        logits.mul_(sums.reciprocal_().mul_(scale));
        logits.scatter_add_(1, column, full_like(picked, -scale));
        wanted.Tokens?.add_(logits.index_select(1, wanted.TokenIds!).t().matmul(read.to(ScalarType.Float32))); // (n, C)
        Tensor narrow = logits.to(head.dtype);
        wanted.Head?.add_(narrow.t().matmul(read)); // (V, C)
        if (!wanted.Hidden && wanted.Norm is null) return;
        Tensor readGradient = narrow.matmul(head); // (c, C)
        PeakSampler.Look();
        wanted.Norm?.add_((readGradient * normalized!).sum(dim: 0)); // (C)
        part.copy_(normalized is null ? readGradient : RmsNorm.InputGradient(readGradient, normalized, rstd!, norm!.Weight));
    }

    private static Tensor Scatter(Tensor gathered, Tensor rows, long[] shape, Tensor gradient)
    {
        // A sequence's last position predicts nothing: there is always a row of zeros.
        Tensor scaled = gathered.mul_(gradient.to(gathered.dtype));
        return zeros(shape, gathered.dtype, gathered.device).index_copy_(0, rows, scaled); // (N, C)
    }

    /// <summary>Which gradients are asked for, and where those of weights are summed over the chunks, in fp32.</summary>
    private sealed record Gradients(bool Hidden, Tensor? Head, Tensor? Norm, Tensor? Tokens, Tensor? TokenIds)
    {
        public bool Any => Hidden || Head is not null || Norm is not null || Tokens is not null;
    }
}
