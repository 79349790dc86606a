namespace LeanTune.Tokenization.Models;

/// <summary>Remembers the tokens of pieces seen lately: a table of fixed size where a newcomer takes the place of whatever shares its slot.</summary>
/// <remarks>Safe for concurrent use without locks: entries are immutable and a slot is read and written as a whole.</remarks>
internal sealed class BpeCache
{
    private const int Slots = 1 << 16;
    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>The tokens of a piece, or null when they are not known.</summary>
    public BpeWord? Find(ReadOnlySpan<char> units)
    {
        Entry? entry = Volatile.Read(ref _entries[SlotOf(units)]);
        return entry is not null && units.SequenceEqual(entry.Units) ? entry.Word : null;
    }

    public void Keep(ReadOnlySpan<char> units, BpeWord word) => Volatile.Write(ref _entries[SlotOf(units)], new Entry(units.ToString(), word));

    private static int SlotOf(ReadOnlySpan<char> units) => string.GetHashCode(units) & (Slots - 1);

    private sealed record Entry(string Units, BpeWord Word);
}
