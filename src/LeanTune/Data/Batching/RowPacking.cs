using System.Numerics;

namespace LeanTune.Data;

/// <summary>Puts examples together into rows of a length: best fit decreasing (Johnson, 1973), the longest first, each into the fullest row that still has room for it.</summary>
/// <remarks>Any two rows together hold more than one row could: less than half is ever left empty, and of short examples next to nothing.</remarks>
internal static class RowPacking
{
    /// <summary>Packs examples.</summary>
    /// <param name="items">Which examples; equally long ones keep this order.</param>
    /// <param name="lengths">Of all examples, in tokens.</param>
    /// <param name="capacity">Tokens of a row; at least the longest example's.</param>
    /// <returns>The examples of each row.</returns>
    public static List<List<int>> Rows(IEnumerable<int> items, IReadOnlyList<int> lengths, int capacity)
    {
        var rows = new List<List<int>>();
        var room = new RowsByRoom(capacity);
        foreach (int item in items.OrderByDescending(item => lengths[item])) // stable
        {
            int length = lengths[item];
            if (!room.TryTake(length, out int row, out int left))
            {
                (row, left) = (rows.Count, capacity);
                rows.Add([]);
            }

            rows[row].Add(item);
            room.Add(row, left - length);
        }

        return rows;
    }

    /// <summary>Rows by the tokens that they still have room for; a bit for each room that some row has finds the least that suffices.</summary>
    private sealed class RowsByRoom(int capacity)
    {
        private readonly Dictionary<int, Queue<int>> _rows = [];
        private readonly ulong[] _present = new ulong[(capacity / 64) + 1];

        public void Add(int row, int room)
        {
            if (!_rows.TryGetValue(room, out Queue<int>? rows))
                _rows[room] = rows = new Queue<int>();
            rows.Enqueue(row);
            _present[room / 64] |= 1UL << (room % 64);
        }

        public bool TryTake(int length, out int row, out int room)
        {
            (row, room) = (-1, Least(length));
            if (room < 0)
                return false;
            row = _rows[room].Dequeue();
            if (_rows[room].Count == 0)
                _present[room / 64] &= ~(1UL << (room % 64));
            return true;
        }

        private int Least(int length)
        {
            ulong word = length / 64 < _present.Length ? _present[length / 64] & (ulong.MaxValue << (length % 64)) : 0;
            for (int i = length / 64; i < _present.Length; word = ++i < _present.Length ? _present[i] : 0)
                if (word != 0)
                    return (i * 64) + BitOperations.TrailingZeroCount(word);
            return -1;
        }
    }
}
