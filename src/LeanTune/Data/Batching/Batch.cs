using static TorchSharp.torch;

namespace LeanTune.Data;

/// <summary>Examples side by side as tensors, one or several a row, padded on the right: what one forward pass takes.</summary>
/// <remarks>
/// Owns its tensors, also when it is made inside a dispose scope. Causal attention never looks at padding from a real token, so that <see cref="Lengths"/> says all about it.
/// In rows that hold several examples each must be attended to by itself, from position 0: <see cref="Samples"/> says where they stand.
/// </remarks>
public sealed class Batch : IDisposable
{
    /// <summary>Label of a position without loss.</summary>
    public const long NoLoss = -100;

    private Batch(Tensor inputIds, Tensor labels, int[][] samples, long supervised)
    {
        InputIds = inputIds;
        Labels = labels;
        Samples = samples;
        Lengths = [.. samples.Select(row => row.Sum())];
        SupervisedTokens = supervised;
    }

    /// <summary>Token ids (B, T), int64, on the CPU. Owned by the batch.</summary>
    public Tensor InputIds { get; }

    /// <summary>Targets (B, T), int64, on the CPU: the token at each supervised position, −100 elsewhere. Not shifted: position t is predicted from t − 1. Owned by the batch.</summary>
    public Tensor Labels { get; }

    /// <summary>Tokens of each row without padding (B).</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Tokens of each example of each row, in order: B lists. Padding follows the last.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Samples { get; }

    /// <summary>Whether some row holds several examples.</summary>
    public bool IsPacked => Samples.Any(row => row.Count > 1);

    /// <summary>Tokens with a loss.</summary>
    public long SupervisedTokens { get; }

    /// <summary>Tokens without padding.</summary>
    public long RealTokens => Lengths.Sum(length => (long)length);

    /// <summary>Tokens with padding, all that are computed: B·T.</summary>
    public long PaddedTokens => InputIds.numel();

    /// <summary>Puts examples side by side, each in a row of its own.</summary>
    /// <param name="examples">At least one, in row order.</param>
    /// <param name="padId">Token id to pad with; it never counts.</param>
    /// <param name="padToMultipleOf">T is rounded up to a multiple of this.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public static Batch From(IReadOnlyList<TokenizedExample> examples, long padId, int padToMultipleOf = 1) =>
        Pack([.. examples.Select(example => new[] { example })], padId, padToMultipleOf);

    /// <summary>Puts examples one behind the other into rows, and the rows side by side.</summary>
    /// <param name="rows">At least one, each of at least one example.</param>
    /// <param name="padId">Token id to pad with; it never counts.</param>
    /// <param name="padToMultipleOf">T is rounded up to a multiple of this.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public static Batch Pack(IReadOnlyList<IReadOnlyList<TokenizedExample>> rows, long padId, int padToMultipleOf = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(padToMultipleOf, 1);
        int[][] samples = [.. rows.Select(row => row.Select(example => example.Ids.Length).ToArray())];
        int longest = samples.Max(row => row.Sum());
        int width = (longest + padToMultipleOf - 1) / padToMultipleOf * padToMultipleOf;

        long[] ids = new long[rows.Count * width];
        long[] labels = new long[ids.Length];
        ids.AsSpan().Fill(padId);
        labels.AsSpan().Fill(NoLoss);
        long supervised = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            int start = row * width;
            foreach (TokenizedExample example in rows[row])
            {
                for (int t = 0; t < example.Ids.Length; t++)
                {
                    ids[start + t] = example.Ids[t];
                    // Nothing predicts an example's first token, least of all the example before it.
                    if (t == 0 || !example.Supervised[t])
                        continue;
                    labels[start + t] = example.Ids[t];
                    supervised++;
                }

                start += example.Ids.Length;
            }
        }

        return new Batch(ToTensor(ids, rows.Count, width), ToTensor(labels, rows.Count, width), samples, supervised);
    }

    /// <summary>The examples of each row, read back from the tensors; where they came from is not known.</summary>
    public IReadOnlyList<IReadOnlyList<TokenizedExample>> ToExamples()
    {
        long[] ids = InputIds.data<long>().ToArray(), labels = Labels.data<long>().ToArray();
        List<IReadOnlyList<TokenizedExample>> rows = [];
        for (int row = 0; row < Samples.Count; row++)
        {
            int start = (int)(row * InputIds.shape[1]);
            List<TokenizedExample> examples = [];
            foreach (int length in Samples[row])
            {
                examples.Add(new TokenizedExample([.. ids[start..(start + length)].Select(id => (int)id)], [.. labels[start..(start + length)].Select(label => label != NoLoss)], "", 0));
                start += length;
            }

            rows.Add(examples);
        }

        return rows;
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
        int[][] samples = [.. Samples.Skip(first).Take(count).Select(row => row.ToArray())];
        int longest = samples.Max(row => row.Sum());
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor Part(Tensor whole) => whole.narrow(0, first, count).narrow(1, 0, longest).clone().DetachFromDisposeScope(); // (count, T)
        Tensor labels = Part(Labels);
        return new Batch(Part(InputIds), labels, samples, labels.ne(NoLoss).sum().item<long>());
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
