namespace LeanTune.Data;

/// <summary>Tokenises a file of any size in memory and time proportional to a chunk, to the ids that the whole text would give.</summary>
/// <remarks>
/// Chunks overlap. Where both tokenisations of an overlap agree on a run of tokens, away from the ends of the overlap, one is continued by the
/// other: what stands at a chunk's edge (a prefix space, a line break that would have joined the next) leaves no trace. Where they agree nowhere,
/// the chunk is joined with the next and encoded anew, at worst up to the whole file.
/// </remarks>
internal sealed class ChunkedEncoding(ITextEncoder encoder, int chunk = 1 << 16, int overlap = 1 << 10)
{
    /// <summary>Tokens on both sides of a seam that must be equal.</summary>
    private const int Agreement = 4;

    /// <summary>Passes every token of the text on, with the line it starts on.</summary>
    /// <param name="read">Gives about so many next characters, none at the end, never half a surrogate pair.</param>
    /// <param name="emit">Receives id and line, from 1.</param>
    public void Encode(Func<int, string> read, Action<int, int> emit)
    {
        string text = read(chunk);
        EncodedText tokens = encoder.Encode(text);
        int line = 1, from = 0, step = chunk;
        while (read(step) is { Length: > 0 } more)
        {
            int nextStart = Math.Max(0, text.Length - overlap);
            if (nextStart > 0 && char.IsLowSurrogate(text[nextStart]))
                nextStart--;
            string next = text[nextStart..] + more;
            EncodedText nextTokens = encoder.Encode(next);
            if (FindSeam(tokens, nextTokens, nextStart, from) is var (seam, nextFrom))
            {
                Emit(text, tokens, from, seam, line, emit);
                line += text.AsSpan(0, nextStart).Count('\n');
                (text, tokens, from, step) = (next, nextTokens, nextFrom, chunk);
            }
            else
            {
                int resume = from == 0 ? 0 : tokens.Offsets[from].Start;
                text += more;
                tokens = encoder.Encode(text);
                from = from == 0 ? 0 : Array.FindIndex(tokens.Offsets, offset => offset.Start >= resume);
                // Doubling keeps the time of a text without any seam proportional to its length.
                step = text.Length;
            }
        }

        Emit(text, tokens, from, tokens.Ids.Length, line, emit);
    }

    /// <summary>A token at which the first text's tokens may stop and the second's go on, or null.</summary>
    private (int Seam, int NextFrom)? FindSeam(EncodedText tokens, EncodedText next, int nextStart, int from)
    {
        int i = from;
        for (int j = Agreement; j + Agreement <= next.Ids.Length; j++)
        {
            (int start, _) = next.Offsets[j];
            if (start > overlap * 3 / 4)
                break;
            if (start < overlap / 4 || start <= next.Offsets[j - 1].Start)
                continue;
            while (i < tokens.Ids.Length && tokens.Offsets[i].Start < nextStart + start)
                i++;
            if (i - Agreement >= from && i + Agreement <= tokens.Ids.Length && Agree(tokens, i, next, j, nextStart))
                return (i, j);
        }

        return null;
    }

    private static bool Agree(EncodedText tokens, int i, EncodedText next, int j, int nextStart)
    {
        for (int k = -Agreement; k < Agreement; k++)
        {
            (int start, int end) = next.Offsets[j + k];
            if (tokens.Ids[i + k] != next.Ids[j + k] || tokens.Offsets[i + k] != (start + nextStart, end + nextStart))
                return false;
        }

        return true;
    }

    private static void Emit(string text, EncodedText tokens, int from, int to, int line, Action<int, int> emit)
    {
        int at = 0;
        for (int i = from; i < to; i++)
        {
            int start = tokens.Offsets[i].Start;
            if (start > at)
            {
                line += text.AsSpan(at, start - at).Count('\n');
                at = start;
            }

            emit(tokens.Ids[i], line);
        }
    }
}
