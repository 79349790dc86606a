using LeanTune.Native;

namespace LeanTune.Tests.Linalg;

/// <summary>Replays a recorded sample; a longer draw goes on with the indices that the sample lacks, in order.</summary>
internal sealed class RecordedDraws(params long[] recorded) : IDraws
{
    public long[] DistinctIndices(int count, long population)
    {
        for (int i = 0; i < recorded.Length; i++) recorded[i].ShouldBeLessThan(population);
        return [.. recorded.Concat(Range(population).Except(recorded)).Take(count)];
    }

    private static IEnumerable<long> Range(long count)
    {
        for (long i = 0; i < count; i++) yield return i;
    }
}
