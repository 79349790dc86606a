namespace LeanTune.Native;

/// <summary>Random choices of a codec: the same for the same seed and site whatever the thread count or device, and independent of the model's generator.</summary>
public interface IDraws
{
    /// <summary>Draws distinct indices, uniformly, in drawn order. Asked again it gives the same, and a longer draw begins with the shorter one.</summary>
    /// <param name="count">How many; at most <paramref name="population"/>.</param>
    /// <param name="population">Indices are from 0 to population − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">More indices are asked for than there are.</exception>
    long[] DistinctIndices(int count, long population);
}
