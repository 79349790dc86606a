using static TorchSharp.torch;

namespace LeanTune.Data;

/// <summary>Examples side by side as tensors, padded on the right: what one forward pass takes.</summary>
/// <remarks>Owns its tensors, also when it is made inside a dispose scope. Causal attention never looks at padding from a real token, so that <see cref="Lengths"/> says all about it.</remarks>
public sealed class Batch : IDisposable
{
    /// <summary>Label of a position without loss.</summary>
    public const long NoLoss = -100;

    private Batch(Tensor inputIds, Tensor labels, int[] lengths, long supervised)
    {
        InputIds = inputIds;
        Labels = labels;
        Lengths = lengths;
        SupervisedTokens = supervised;
    }

    /// <summary>Token ids (B, T), int64, on the CPU. Owned by the batch.</summary>
    public Tensor InputIds { get; }

    /// <summary>Targets (B, T), int64, on the CPU: the token at each supervised position, −100 elsewhere. Not shifted: position t is predicted from t − 1. Owned by the batch.</summary>
    public Tensor Labels { get; }

    /// <summary>Tokens of each row without padding (B).</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Tokens with a loss.</summary>
    public long SupervisedTokens { get; }

    /// <summary>Tokens without padding.</summary>
    public long RealTokens => Lengths.Sum(length => (long)length);

    /// <summary>Tokens with padding, all that are computed: B·T.</summary>
    public long PaddedTokens => InputIds.numel();

    /// <summary>Puts examples side by side.</summary>
    /// <param name="examples">At least one, in row order.</param>
    /// <param name="padId">Token id to pad with; it never counts.</param>
    /// <param name="padToMultipleOf">T is rounded up to a multiple of this.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public static Batch From(IReadOnlyList<TokenizedExample> examples, long padId, int padToMultipleOf = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(padToMultipleOf, 1);
        int[] lengths = [.. examples.Select(example => example.Ids.Length)];
        int longest = lengths.Max();
        int width = (longest + padToMultipleOf - 1) / padToMultipleOf * padToMultipleOf;

        long[] ids = new long[examples.Count * width];
        long[] labels = new long[ids.Length];
        ids.AsSpan().Fill(padId);
        labels.AsSpan().Fill(NoLoss);
        long supervised = 0;
        for (int row = 0; row < examples.Count; row++)
        {
            TokenizedExample example = examples[row];
            for (int t = 0; t < example.Ids.Length; t++)
            {
                ids[(row * width) + t] = example.Ids[t];
                if (t == 0 || !example.Supervised[t])
                    continue;
                labels[(row * width) + t] = example.Ids[t];
                supervised++;
            }
        }

        return new Batch(ToTensor(ids, examples.Count, width), ToTensor(labels, examples.Count, width), lengths, supervised);
    }

    /// <summary>Some of the rows as a batch of their own, no wider than their longest.</summary>
    /// <param name="first">Index of the first row.</param>
    /// <param name="count">How many.</param>
    /// <returns>A batch that the caller disposes; it shares no memory with this one.</returns>
    public Batch Rows(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Lengths.Count, nameof(count));
        int[] lengths = [.. Lengths.Skip(first).Take(count)];
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor Part(Tensor whole) => whole.narrow(0, first, count).narrow(1, 0, lengths.Max()).clone().DetachFromDisposeScope(); // (count, T)
        Tensor labels = Part(Labels);
        return new Batch(Part(InputIds), labels, lengths, labels.ne(NoLoss).sum().item<long>());
    }

    /// <summary>Disposes both tensors.</summary>
    public void Dispose()
    {
        InputIds.Dispose();
        Labels.Dispose();
    }

    // (B, T)
    private static Tensor ToTensor(long[] values, int rows, int width) => tensor(values, [rows, width], ScalarType.Int64).DetachFromDisposeScope();
}
