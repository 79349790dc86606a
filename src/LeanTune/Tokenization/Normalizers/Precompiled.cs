using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>SentencePiece's precompiled character map (T5, XLM-R, ALBERT): a double-array trie from UTF-8 strings to their replacements.</summary>
internal sealed class Precompiled : Normalizer
{
    // Longer clusters are looked up character by character.
    private const int LongestCluster = 5;
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private Precompiled(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <summary>Reads base64 of: length of the trie in bytes, its 32-bit units, the replacements with a zero behind each; all little-endian.</summary>
    public static Precompiled Read(JsonNode node)
    {
        byte[] map;
        try
        {
            map = Convert.FromBase64String(node.AsString());
        }
        catch (FormatException)
        {
            throw node.Error("expected base64");
        }
        uint trieBytes = map.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (trieBytes == 0 || trieBytes % 4 != 0 || trieBytes > map.Length - 4)
            throw node.Error("not a character map: the length of its trie does not fit");
        uint[] units = new uint[trieBytes / 4];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + i * 4));
        return new Precompiled(units, map[(4 + (int)trieBytes)..]);
    }

    public override AlignedText Normalize(AlignedText text)
    {
        Edits edits = new(text);
        TextElementEnumerator clusters = StringInfo.GetTextElementEnumerator(text.AsPiece().ToString());
        while (clusters.MoveNext())
        {
            string cluster = clusters.GetTextElement();
            if (Encoding.UTF8.GetByteCount(cluster) <= LongestCluster && Find(cluster) is string whole)
            {
                Write(edits, cluster, whole);
                continue;
            }
            foreach (Rune rune in cluster.EnumerateRunes())
                if (Find(rune.ToString()) is string single)
                    Write(edits, rune.ToString(), single);
                else
                    edits.Replace(rune.Value);
        }
        return edits.Build();
    }

    private static void Write(Edits edits, string old, string replacement)
    {
        int oldCount = old.EnumerateRunes().Count();
        Rune[] runes = [.. replacement.EnumerateRunes()];
        for (int i = 0; i < runes.Length; i++)
            if (i < oldCount)
                edits.Replace(runes[i].Value);
            else
                edits.Insert(runes[i].Value);
        if (oldCount > runes.Length)
            edits.Remove(oldCount - runes.Length);
    }

    // The replacement of the shortest key that the text begins with. Unit layout of the darts-clone library:
    // bits 0-7 label, bit 8 has a leaf, bit 9 wide offset, bits 10-30 offset, bit 31 is a leaf (then bits 0-30 are the value).
    private string? Find(string text)
    {
        uint position = OffsetOf(_units[0]);
        foreach (byte label in Encoding.UTF8.GetBytes(text))
        {
            if (label == 0)
                return null;
            position ^= label;
            if (position >= _units.Length || (_units[position] & 0x800000FF) != label)
                return null;
            uint unit = _units[position];
            position ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 1)
                return position < _units.Length ? ReplacementAt(_units[position] & int.MaxValue) : null;
        }
        return null;
    }

    private static uint OffsetOf(uint unit) => unit >> 10 << (int)((unit & (1U << 9)) >> 6);

    private string? ReplacementAt(uint start)
    {
        if (start >= _replacements.Length)
            return null;
        int length = _replacements.AsSpan((int)start).IndexOf((byte)0);
        return Encoding.UTF8.GetString(_replacements.AsSpan((int)start, length < 0 ? _replacements.Length - (int)start : length));
    }
}
