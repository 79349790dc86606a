using LeanTune.Tokenization.Models;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PostProcessors;

/// <summary>Byte level's post-processor: takes the blanks at a token's ends out of its offsets.</summary>
/// <param name="vocabulary">Says how a token is spelled.</param>
/// <param name="addPrefixSpace">Whether the space of the first token is one that the pre-tokenizer added, and so not counted.</param>
internal sealed class TrimOffsets(Vocabulary vocabulary, bool addPrefixSpace) : PostProcessor
{
    public override IReadOnlyList<EncodedSequence> Process(IReadOnlyList<EncodedSequence> sequences, bool addSpecialTokens) =>
        [.. sequences.Select(Trim)];

    private EncodedSequence Trim(EncodedSequence sequence)
    {
        if (sequence.IsAdded)
            return sequence;
        (int Start, int End)[] offsets = [.. sequence.Offsets];
        for (int i = 0; i < offsets.Length; i++)
        {
            (int leading, int trailing) = sequence.Blanks.TryGetValue(i, out Blanks blanks) ? blanks : BlanksOf(vocabulary.TokenOf(sequence.Ids[i]));
            (int start, int end) = offsets[i];
            if (addPrefixSpace && (i == 0 || start == 0))
                leading = 0;
            start = Math.Min(start + leading, end);
            if (end >= trailing)
                end = Math.Max(end - trailing, start);
            offsets[i] = (start, end);
        }
        return sequence with { Offsets = offsets };
    }

    private static Blanks BlanksOf(string? token)
    {
        if (token is null)
            return default;
        int leading = 0, trailing = 0;
        while (leading < token.Length && IsBlank(token[leading]))
            leading++;
        while (trailing < token.Length && IsBlank(token[^(trailing + 1)]))
            trailing++;
        return new Blanks(leading, trailing);
    }

    private static bool IsBlank(char c) => c == ByteLetters.Letter((byte)' ') || char.IsWhiteSpace(c);
}
