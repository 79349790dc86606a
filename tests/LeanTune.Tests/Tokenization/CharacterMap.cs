using System.Buffers.Binary;
using System.Text;

namespace LeanTune.Tests.Tokenization;

/// <summary>Builds a precompiled character map as SentencePiece writes them: a double-array trie in darts-clone's unit layout.</summary>
internal static class CharacterMap
{
    private static readonly (string Key, string Value)[] Entries =
    [
        ("\t", " "), ("a\u0301", "á"), ("e\u0301", "é"), ("é", "e"), ("ﬁ", "fi"), ("½", "1/2"), ("²", ""), ("👍", "+1"), ("日", "ni"), ("\u200B", ""), ("İ", "i"), ("ａ", "a"), ("㎏", "kg"), ("\r\n", "\n"),
    ];

    /// <summary>Base64 of a small map.</summary>
    public static string Sample()
    {
        List<byte> values = [];
        List<(byte[] Key, uint Value)> keys = [];
        foreach ((string key, string value) in Entries)
        {
            keys.Add((Encoding.UTF8.GetBytes(key), (uint)values.Count));
            values.AddRange([.. Encoding.UTF8.GetBytes(value), 0]);
        }
        uint[] units = BuildTrie(keys);
        byte[] map = new byte[4 + units.Length * 4 + values.Count];
        BinaryPrimitives.WriteInt32LittleEndian(map, units.Length * 4);
        for (int i = 0; i < units.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(4 + i * 4), units[i]);
        values.CopyTo(0, map, 4 + units.Length * 4, values.Count);
        return Convert.ToBase64String(map);
    }

    private static uint[] BuildTrie(List<(byte[] Key, uint Value)> keys)
    {
        uint[] units = new uint[1 << 14];
        HashSet<uint> used = [0];
        uint nextBase = 1;
        Place(0, keys, 0);
        return units;

        void Place(uint node, List<(byte[] Key, uint Value)> below, int depth)
        {
            List<uint> labels = [.. below.Select(entry => entry.Key.Length == depth ? 0u : entry.Key[depth]).Distinct()];
            uint place = nextBase;
            while (labels.Any(label => used.Contains(place ^ label)) || ((node ^ place) & ~0x1FFFFFU) != 0)
                place++;
            nextBase = place;
            units[node] |= (node ^ place) << 10;
            foreach (uint label in labels)
                used.Add(place ^ label);
            foreach (uint label in labels)
            {
                uint child = place ^ label;
                if (label == 0)
                {
                    units[node] |= 1 << 8;
                    units[child] = 0x80000000 | below.Single(entry => entry.Key.Length == depth).Value;
                    continue;
                }
                units[child] = label;
                Place(child, [.. below.Where(entry => entry.Key.Length > depth && entry.Key[depth] == label)], depth + 1);
            }
        }
    }
}
