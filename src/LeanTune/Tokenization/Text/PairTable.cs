namespace LeanTune.Tokenization.Text;

/// <summary>A hash table from two numbers to two numbers, without allocation a look-up: merges of BPE and edges of tries.</summary>
/// <remarks>Safe for concurrent reads once filled.</remarks>
internal sealed class PairTable
{
    private const long Empty = -1;
    private long[] _keys;
    private (int First, int Second)[] _values;
    private int _shift;

    public PairTable(int expected)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(expected, 1 << 28) * 2));
        _keys = NewKeys(size);
        _values = new (int, int)[size];
    }

    public int Count { get; private set; }

    /// <summary>Sets the values of a pair of numbers ≥ 0; a pair that is there already gets the new values.</summary>
    public void Set(int left, int right, int first, int second)
    {
        if ((Count + 1) * 2 > _keys.Length)
            Grow();
        long key = Key(left, right);
        int slot = Slot(key);
        if (_keys[slot] == Empty)
            Count++;
        _keys[slot] = key;
        _values[slot] = (first, second);
    }

    public bool TryGet(int left, int right, out int first, out int second)
    {
        int slot = Slot(Key(left, right));
        (first, second) = _values[slot];
        return _keys[slot] != Empty;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private int Slot(long key)
    {
        int slot = (int)(((ulong)key * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
            slot = (slot + 1) & (_keys.Length - 1);
        return slot;
    }

    private long[] NewKeys(int size)
    {
        _shift = 64 - System.Numerics.BitOperations.Log2((uint)size);
        long[] fresh = new long[size];
        Array.Fill(fresh, Empty);
        return fresh;
    }

    private void Grow()
    {
        (long[] oldKeys, (int First, int Second)[] oldValues) = (_keys, _values);
        _keys = NewKeys(oldKeys.Length * 2);
        _values = new (int, int)[_keys.Length];
        Count = 0;
        for (int i = 0; i < oldKeys.Length; i++)
            if (oldKeys[i] != Empty)
                Set((int)(oldKeys[i] >> 32), (int)oldKeys[i], oldValues[i].First, oldValues[i].Second);
    }
}
