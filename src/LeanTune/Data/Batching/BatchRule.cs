namespace LeanTune.Data;

/// <summary>How examples form batches: how many rows, how many tokens, and whether several examples share a row.</summary>
public sealed record BatchRule
{
    /// <summary>Most rows a batch.</summary>
    /// <value>Default: as many as <see cref="Tokens"/> allows.</value>
    public int Rows { get; init; } = int.MaxValue;

    /// <summary>Most tokens a batch, with padding. A single row may exceed it.</summary>
    /// <value>Default: as many as <see cref="Rows"/> come to.</value>
    public long Tokens { get; init; } = long.MaxValue;

    /// <summary>Length of the rows that several examples share, none shorter than the longest example; null gives each a row of its own.</summary>
    /// <value>Default null.</value>
    public int? PackTo { get; init; }

    /// <summary>Batches are padded to a multiple of this length.</summary>
    /// <value>Default 1.</value>
    public int PadToMultipleOf { get; init; } = 1;

    /// <summary>How long rows are when the longest of them has so many tokens.</summary>
    internal long Width(long longest) => (longest + PadToMultipleOf - 1) / PadToMultipleOf * PadToMultipleOf;

    /// <summary>Most rows of a length that a batch takes.</summary>
    internal int RowsOf(long longest) => (int)Math.Clamp(Tokens / Width(longest), 1, Rows);

    /// <exception cref="ArgumentException">No batch can follow the rule, or it leaves the size of batches open.</exception>
    internal void Require(int longestExample)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PadToMultipleOf, 1);
        if (Rows == int.MaxValue && Tokens == long.MaxValue)
            throw new ArgumentException("A rule must limit the rows of a batch, or its tokens.");
        if (PackTo < longestExample)
            throw new ArgumentException($"Rows of {PackTo} tokens cannot hold an example of {longestExample}.");
    }
}
