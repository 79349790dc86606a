using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>Merges the symbols of a piece: always the pair of lowest rank, and of equal ones the leftmost.</summary>
internal static class BpeMerger
{
    // Up to here scanning all pairs for the lowest is faster than a queue.
    private const int LongestScanned = 48;

    public static void Merge(SymbolList symbols, PairTable merges)
    {
        if (symbols.Count <= LongestScanned)
            MergeByScan(symbols, merges);
        else
            MergeByQueue(symbols, merges);
    }

    private static void MergeByScan(SymbolList symbols, PairTable merges)
    {
        int count = symbols.Count;
        Span<int> ids = symbols.Ids.AsSpan(0, count);
        Span<int> starts = symbols.Starts.AsSpan(0, count);
        Span<int> ends = symbols.Ends.AsSpan(0, count);
        Span<int> ranks = stackalloc int[LongestScanned];
        Span<int> merged = stackalloc int[LongestScanned];
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = Rank(ids[i], ids[i + 1], merges, out merged[i]);

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
                if (ranks[i] < ranks[best])
                    best = i;
            if (ranks[best] == int.MaxValue)
                break;

            ids[best] = merged[best];
            ends[best] = ends[best + 1];
            int rest = count - best - 2;
            ids.Slice(best + 2, rest).CopyTo(ids[(best + 1)..]);
            starts.Slice(best + 2, rest).CopyTo(starts[(best + 1)..]);
            ends.Slice(best + 2, rest).CopyTo(ends[(best + 1)..]);
            ranks.Slice(best + 1, count - best - 1).CopyTo(ranks[best..]);
            merged.Slice(best + 1, count - best - 1).CopyTo(merged[best..]);
            count--;
            if (best > 0)
                ranks[best - 1] = Rank(ids[best - 1], ids[best], merges, out merged[best - 1]);
            if (best + 1 < count)
                ranks[best] = Rank(ids[best], ids[best + 1], merges, out merged[best]);
        }
        symbols.Count = count;
    }

    private static void MergeByQueue(SymbolList symbols, PairTable merges)
    {
        const int None = -1;
        int count = symbols.Count;
        int[] ids = symbols.Ids;
        int[] previous = new int[count];
        int[] next = new int[count];
        PriorityQueue<(int Position, int Merged), long> queue = new(count);
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : None;
            Enqueue(i);
        }

        while (queue.TryDequeue(out (int Position, int Merged) pair, out long priority))
        {
            int left = pair.Position;
            int right = ids[left] == None ? None : next[left];
            // The pair may be gone, or be another one by now.
            if (right == None || !merges.TryGet(ids[left], ids[right], out int rank, out int merged) || rank != (int)(priority >> 32) || merged != pair.Merged)
                continue;
            ids[left] = merged;
            ids[right] = None;
            symbols.Ends[left] = symbols.Ends[right];
            next[left] = next[right];
            if (next[left] != None)
                previous[next[left]] = left;
            Enqueue(left);
            if (previous[left] != None)
                Enqueue(previous[left]);
        }

        int kept = 0;
        for (int i = 0; i != None; i = next[i], kept++)
        {
            ids[kept] = ids[i];
            symbols.Starts[kept] = symbols.Starts[i];
            symbols.Ends[kept] = symbols.Ends[i];
        }
        symbols.Count = kept;

        void Enqueue(int left)
        {
            if (next[left] != None && merges.TryGet(ids[left], ids[next[left]], out int rank, out int merged))
                queue.Enqueue((left, merged), ((long)rank << 32) | (uint)left);
        }
    }

    private static int Rank(int left, int right, PairTable merges, out int merged) => merges.TryGet(left, right, out int rank, out merged) ? rank : int.MaxValue;
}
