using System.Globalization;

namespace LeanTune.Tokenization.Text;

/// <summary>Knows the characters that Hugging Face's tokenizers do not, since some of their stages go by older versions of Unicode; ids must be equal.</summary>
internal static class YoungCharacters
{
    private static readonly (int Start, int End)[] BertRanges = Parse(
        "61D 7FD 890-8E2 9FD-9FE A76 AFA-AFF B55 C04-C3C C77 C84 D00 D3B-D3C D81 EBA ECE 180F-1886 1ABF-1ACE 1B4E-1B4F 1B7D-1B7F 1DF6-1DFB 2E43-2E5D A82C " +
        "A8C5 A8FF A9BD 10D24-10F89 11070-11074 110C2-110CD 111C9 111CF 1123E-11241 1133B 113BB-1145E 11660-1166C 116B9 1182F-11FFF 12FF1-1612F 16D6D-16F4F " +
        "16FE2-16FE4 1CF00-1CF46 1E000-1E5FF 1E944-1E95F");

    private static readonly (int Start, int End)[] MarkRanges = Parse(
        "7FD 897-8D3 9FE AFA-AFF B55 C04-C3C CF3-D00 D3B-D3C D81 EBA ECE 1715 180F 1ABF-1ACE 1CF7 1DF6-1DFA A82C A8FF 10D24-10F85 11070-11074 110C2 11145-11146 " +
        "111C9 111CE-111CF 11241 1133B 113B8-113E2 1145E 1182C-11A99 11D31-1612F 16F4F 16F7F-16F87 16FE4-16FF1 1CF00-1CF46 1E08F-1E5EF");

    /// <summary>Whether BERT's stages do not know a character, given that it is punctuation, a format character or a mark without space today: those younger than Unicode 8.</summary>
    public static bool IsUnknownToBert(int codePoint) => IsIn(BertRanges, codePoint);

    /// <summary>Whether StripAccents does not know a character, given that it is a mark today: those younger than Unicode 9.</summary>
    public static bool IsUnknownMark(int codePoint) => IsIn(MarkRanges, codePoint);

    private static bool IsIn((int Start, int End)[] ranges, int codePoint)
    {
        foreach ((int start, int end) in ranges)
            if (codePoint <= end)
                return codePoint >= start;
        return false;
    }

    private static (int Start, int End)[] Parse(string ranges) =>
    [
        .. ranges.Split(' ').Select(range => range.Split('-')).Select(ends => (Hex(ends[0]), Hex(ends[^1]))),
    ];

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
