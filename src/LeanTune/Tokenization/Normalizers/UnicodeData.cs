using System.Globalization;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>What Unicode normalization needs to know of each code point, as of Unicode 9 (embedded UnicodeForms.txt).</summary>
/// <remarks>.NET's own normalization answers differently with the system's library, and not at all under invariant globalization, where this must work too.</remarks>
internal static class UnicodeData
{
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Canonical = [];
    private static readonly Dictionary<int, int[]> Compatible = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];

    static UnicodeData()
    {
        using Stream stream = typeof(UnicodeData).Assembly.GetManifestResourceStream("LeanTune.UnicodeForms.txt")!;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is string line)
            if (!line.StartsWith('#'))
                ReadLine(line);
        Expand(Canonical, new Dictionary<int, int[]>(Canonical));
        Expand(Compatible, Compatible.Concat(Canonical.Where(entry => !Compatible.ContainsKey(entry.Key))).ToDictionary());
        foreach ((int codePoint, int[] parts) in Canonical)
            if (parts.Any(Compatible.ContainsKey))
                Compatible[codePoint] = [.. parts.SelectMany(part => Compatible.GetValueOrDefault(part, [part]))];
    }

    /// <summary>Canonical combining class; 0 for starters.</summary>
    public static int ClassOf(int codePoint) => codePoint < 0x300 ? 0 : Classes.GetValueOrDefault(codePoint);

    /// <summary>Whether no normalization form changes anything up to this code point, alone or together with its neighbours.</summary>
    public static bool IsInert(int codePoint, bool isCompatibility, bool composes)
    {
        if (codePoint < 0x80)
            return true;
        if (codePoint < 0x300 && composes)
            return !isCompatibility || !Compatible.ContainsKey(codePoint);
        return false;
    }

    /// <summary>Appends the full decomposition.</summary>
    public static void Decompose(int codePoint, bool isCompatibility, List<int> output)
    {
        int syllable = codePoint - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            output.Add(LeadBase + syllable / (VowelCount * TailCount));
            output.Add(VowelBase + syllable % (VowelCount * TailCount) / TailCount);
            if (syllable % TailCount != 0)
                output.Add(TailBase + syllable % TailCount);
        }
        else if ((isCompatibility && Compatible.TryGetValue(codePoint, out int[]? parts)) || Canonical.TryGetValue(codePoint, out parts))
        {
            output.AddRange(parts);
        }
        else
        {
            output.Add(codePoint);
        }
    }

    /// <summary>The code point that two compose to, or null.</summary>
    public static int? Compose(int first, int second)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
            return SyllableBase + (lead * VowelCount + vowel) * TailCount;
        int syllable = first - SyllableBase, tail = second - TailBase;
        if ((uint)syllable < SyllableCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
            return first + tail;
        return Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static void ReadLine(string line)
    {
        int separator = line.AsSpan().IndexOfAny("=>!~");
        int codePoint = int.Parse(line.AsSpan(0, separator), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        int[] values = [.. line[(separator + 1)..].Split(' ').Select(value => int.Parse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        switch (line[separator])
        {
            case '=':
                Classes[codePoint] = (byte)values[0];
                break;
            case '~':
                Compatible[codePoint] = values;
                break;
            default:
                Canonical[codePoint] = values;
                if (line[separator] == '>')
                    Compositions[(values[0], values[1])] = codePoint;
                break;
        }
    }

    // Replaces the parts of each decomposition by their own, until none is left.
    private static void Expand(Dictionary<int, int[]> table, Dictionary<int, int[]> oneStep)
    {
        foreach (int codePoint in table.Keys.ToArray())
        {
            int[] parts = table[codePoint];
            while (parts.Any(oneStep.ContainsKey))
                parts = [.. parts.SelectMany(part => oneStep.GetValueOrDefault(part, [part]))];
            table[codePoint] = parts;
        }
    }
}
