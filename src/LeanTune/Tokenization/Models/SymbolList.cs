namespace LeanTune.Tokenization.Models;

/// <summary>The symbols of a piece while BPE merges them; one list a thread is used again and again.</summary>
internal sealed class SymbolList
{
    private const int LargestKept = 1 << 16;

    [ThreadStatic]
    private static SymbolList? spare;

    public int[] Ids = new int[128];
    public int[] Starts = new int[128];
    public int[] Ends = new int[128];

    public int Count;

    public static SymbolList Rent()
    {
        SymbolList list = spare ?? new SymbolList();
        spare = null;
        list.Count = 0;
        return list;
    }

    /// <summary>Gives the list back to its thread, unless a very long piece made it large.</summary>
    public void Return()
    {
        if (Ids.Length <= LargestKept)
            spare = this;
    }

    /// <summary>Adds a symbol made from the units <paramref name="start"/> to <paramref name="end"/>.</summary>
    public void Add(int id, int start, int end)
    {
        if (Count == Ids.Length)
        {
            Array.Resize(ref Ids, Count * 2);
            Array.Resize(ref Starts, Count * 2);
            Array.Resize(ref Ends, Count * 2);
        }
        Ids[Count] = id;
        Starts[Count] = start;
        Ends[Count++] = end;
    }
}
