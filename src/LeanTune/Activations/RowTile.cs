namespace LeanTune.Activations;

/// <summary>Neighbouring rows (tokens) of a tensor that are computed together.</summary>
/// <param name="First">Index of the first row.</param>
/// <param name="Rows">How many.</param>
public readonly record struct RowTile(long First, long Rows)
{
    /// <summary>Index after the last row.</summary>
    public long End => First + Rows;

    /// <summary>Cuts the tile into tiles of at most some rows.</summary>
    /// <param name="most">Rows of each but the last; at least 1.</param>
    public IEnumerable<RowTile> Cut(long most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        most = Math.Min(most, Math.Max(1, Rows)); // so that no sum overflows
        for (long first = First; first < End; first += most) yield return new RowTile(first, Math.Min(most, End - first));
    }
}
