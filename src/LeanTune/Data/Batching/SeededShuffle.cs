namespace LeanTune.Data;

/// <summary>Shuffles that a seed and the number of a pass decide on alone, the same on every machine.</summary>
internal struct SeededShuffle(ulong seed, long pass)
{
    private ulong _state = Mix(seed) ^ Mix((ulong)pass + 0xD1B54A32D192ED03);

    /// <summary>A seed for one of several orders that are to be independent.</summary>
    public static ulong Derive(ulong seed, int which) => Mix(seed ^ Mix((ulong)which + 1));

    /// <summary>Puts items into a random order (Fisher and Yates).</summary>
    public void Apply<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = (int)Below((ulong)i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary>A uniform draw from 0 to bound − 1: the high half of a product (Lemire, arXiv 1805.10941), drawn again where it would be biased.</summary>
    private ulong Below(ulong bound)
    {
        while (true)
        {
            _state += 0x9E3779B97F4A7C15;
            ulong high = Math.BigMul(Mix(_state), bound, out ulong low);
            if (low >= bound || low >= (0 - bound) % bound)
                return high;
        }
    }

    /// <summary>Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
