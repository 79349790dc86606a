using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Unicode's normalization forms NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15).</summary>
/// <param name="isCompatibility">Whether compatibility decompositions count (the K of NFKC).</param>
/// <param name="composes">Whether marks are composed again with what they stand on (the C).</param>
internal sealed class UnicodeForm(bool isCompatibility, bool composes) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        if (IsInert(text))
            return text;
        List<Item> items = Decompose(text);
        if (composes)
            items = Compose(items);
        Edits edits = new(text);
        foreach (Item item in items)
            edits.Write(item.CodePoint, item.Change);
        return edits.Build();
    }

    private bool IsInert(AlignedText text)
    {
        foreach (char unit in text.Units)
            if (!UnicodeData.IsInert(unit, isCompatibility, composes))
                return false;
        return true;
    }

    private List<Item> Decompose(AlignedText text)
    {
        List<Item> items = new(text.Length + 8);
        List<int> parts = [];
        int firstUnsorted = 0;
        for (int i = 0; i < text.Length; i++)
        {
            parts.Clear();
            UnicodeData.Decompose(text.CodePointAt(i), isCompatibility, parts);
            for (int part = 0; part < parts.Count; part++)
            {
                Item item = new(parts[part], UnicodeData.ClassOf(parts[part]), part == 0 ? 0 : 1);
                if (item.Class == 0)
                {
                    SortFrom(items, firstUnsorted);
                    firstUnsorted = items.Count + 1;
                }
                items.Add(item);
            }
        }
        SortFrom(items, firstUnsorted);
        return items;
    }

    // Marks on one starter stand in the order of their classes; equal ones keep theirs.
    private static void SortFrom(List<Item> items, int start)
    {
        if (items.Count - start < 2)
            return;
        Item[] sorted = [.. items.Skip(start).OrderBy(item => item.Class)];
        items.RemoveRange(start, items.Count - start);
        items.AddRange(sorted);
    }

    private static List<Item> Compose(List<Item> items)
    {
        List<Item> output = new(items.Count);
        int starter = -1;
        foreach (Item item in items)
        {
            // A mark is blocked when one of its class or a higher one stands between it and the starter.
            bool isAdjacent = starter >= 0 && starter == output.Count - 1;
            bool isBlocked = starter < 0 || (!isAdjacent && output[^1].Class >= item.Class);
            if (!isBlocked && UnicodeData.Compose(output[starter].CodePoint, item.CodePoint) is int composed)
            {
                output[starter] = new Item(composed, 0, output[starter].Change + item.Change - 1);
                continue;
            }
            if (item.Class == 0)
                starter = output.Count;
            output.Add(item);
        }
        return output;
    }

    /// <summary>A code point with its combining class, and what it does to the text as in <see cref="Edits.Write"/>.</summary>
    private readonly record struct Item(int CodePoint, int Class, int Change);
}
