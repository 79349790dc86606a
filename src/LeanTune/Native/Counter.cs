namespace LeanTune.Native;

/// <summary>The hash behind every stateless draw: position in, well mixed bits out.</summary>
internal static class Counter
{
    /// <summary>2⁶⁴ divided by the golden ratio: neighbouring counters land far apart.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one on 64 bits.</summary>
    public static ulong Mix(ulong value)
    {
        value += Step;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The key of a stream below another: order matters, equal labels at different depths differ.</summary>
    public static ulong Derive(ulong key, ulong label) => Mix(Mix(key) ^ (label * Step));
}
