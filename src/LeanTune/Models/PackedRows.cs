using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>Rows of a batch that hold several samples: where each begins and ends, so that each is attended to by itself and counts its positions from 0.</summary>
internal sealed class PackedRows
{
    private readonly PackedSample[][] _rows;
    private readonly long _tokens;

    /// <summary>Lays samples out.</summary>
    /// <param name="samples">For each of B rows the lengths of its samples, in order; padding follows the last.</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T.</param>
    /// <exception cref="ArgumentException">The samples do not fit into B rows of T tokens.</exception>
    public PackedRows(IReadOnlyList<IReadOnlyList<int>> samples, long batch, long tokens)
    {
        if (samples.Count != batch || samples.Any(row => row.Any(length => length < 1) || row.Sum(length => (long)length) > tokens))
            throw new ArgumentException($"Packed rows need the lengths, at least 1, of the samples of each of {batch} rows, together at most {tokens} tokens a row.", nameof(samples));
        _tokens = tokens;
        _rows = [.. samples.Select(row => Lay(row, tokens))];
        Longest = samples.Max(row => row.Count == 0 ? 0 : row.Max());
    }

    /// <summary>Tokens of the longest sample.</summary>
    public long Longest { get; }

    /// <summary>The samples, and the padding, of some rows' tokens, in order.</summary>
    /// <param name="tile">Whole rows, by their tokens.</param>
    public IReadOnlyList<PackedSample> Within(RowTile tile) =>
        [.. _rows.AsSpan((int)(tile.First / _tokens), (int)(tile.Rows / _tokens)).ToArray().SelectMany(row => row)];

    /// <summary>(1, N) int64: the place of each token within its sample; padding counts on its own.</summary>
    public Tensor Positions() =>
        tensor([.. _rows.SelectMany(row => row).SelectMany(sample => Enumerable.Range(0, (int)sample.Tokens)).Select(position => (long)position)]).unsqueeze_(0);

    private static PackedSample[] Lay(IReadOnlyList<int> row, long tokens)
    {
        long padding = tokens - row.Sum(length => (long)length);
        return [.. row.Select(length => new PackedSample(length, IsPadding: false)), .. padding > 0 ? [new PackedSample(padding, IsPadding: true)] : Array.Empty<PackedSample>()];
    }
}
