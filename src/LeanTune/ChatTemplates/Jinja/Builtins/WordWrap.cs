using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Breaks a line between words, and after hyphens within words, so that each part has at most a given width.</summary>
internal sealed class WordWrap(int width, bool breaksWords, bool breaksAtHyphens)
{
    /// <summary>The parts of a line, without whitespace at the ends that the breaks make.</summary>
    public IEnumerable<string> Wrap(string line)
    {
        Stack<string> chunks = new(Chunks(line).Reverse());
        bool isFirst = true;
        while (chunks.Count > 0)
        {
            if (!isFirst && Whitespace.IsBlank(chunks.Peek()))
            {
                chunks.Pop();
                continue;
            }

            List<string> current = Fill(chunks);
            if (current.Count > 0 && Whitespace.IsBlank(current[^1]))
                current.RemoveAt(current.Count - 1);
            if (current.Count == 0)
                continue;
            isFirst = false;
            yield return string.Concat(current);
        }
    }

    private List<string> Fill(Stack<string> chunks)
    {
        List<string> current = [];
        int length = 0;
        while (chunks.TryPeek(out string? chunk) && length + CodePoints.Count(chunk) <= width)
        {
            current.Add(chunks.Pop());
            length += CodePoints.Count(chunk);
        }

        if (!chunks.TryPeek(out string? next) || CodePoints.Count(next) <= width)
            return current;
        // A word that fits no line is cut, or stands alone.
        if (!breaksWords)
        {
            if (current.Count == 0)
                current.Add(chunks.Pop());
            return current;
        }

        chunks.Pop();
        int room = CutAtHyphen(next, width - length) ?? width - length;
        int cut = CodePoints.Offset(next, room);
        if (cut > 0)
            current.Add(next[..cut]);
        chunks.Push(next[cut..]);
        return current;
    }

    // A long word is rather cut behind a hyphen that is not at its very start.
    private int? CutAtHyphen(string word, int room)
    {
        if (!breaksAtHyphens || CodePoints.Count(word) <= room || room <= 0)
            return null;
        int hyphen = word[..CodePoints.Offset(word, room)].LastIndexOf('-');
        return hyphen > 0 && word.AsSpan(0, hyphen).ContainsAnyExcept('-') ? CodePoints.IndexOf(word, hyphen) + 1 : null;
    }

    private IEnumerable<string> Chunks(string line)
    {
        for (int at = 0; at < line.Length;)
        {
            int start = at;
            bool isBlank = Whitespace.Is(line[at]);
            while (at < line.Length && Whitespace.Is(line[at]) == isBlank && (at == start || isBlank || !breaksAtHyphens || !MayBreak(line, start, at)))
                at++;
            yield return line[start..at];
        }
    }

    // Whether a word may break before a position: behind a hyphen between letters, before or behind a dash.
    private static bool MayBreak(string line, int start, int at)
    {
        if (line[at] == '-' && line[at - 1] != '-' && IsDash(line, at))
            return IsWordEnd(line[at - 1]);
        if (line[at - 1] != '-')
            return false;
        if (at - 2 >= start && line[at - 2] == '-')
            return line[at] != '-' && (char.IsLetterOrDigit(line[at]) || line[at] == '_') && FollowsDash(line, start, at);
        bool letterBefore = (at - 3 >= start && IsLetter(line[at - 2]) && IsLetter(line[at - 3]))
            || (at - 4 >= start && IsLetter(line[at - 2]) && line[at - 3] == '-' && IsLetter(line[at - 4]));
        return letterBefore && IsLetter(line[at]) && at + 1 < line.Length && (IsLetter(line[at + 1]) || (line[at + 1] == '-' && at + 2 < line.Length && IsLetter(line[at + 2])));
    }

    private static bool FollowsDash(string line, int start, int at)
    {
        int first = at;
        while (first > start && line[first - 1] == '-')
            first--;
        return first == start || IsWordEnd(line[first - 1]);
    }

    private static bool IsDash(string line, int at)
    {
        int end = at;
        while (end < line.Length && line[end] == '-')
            end++;
        return end - at >= 2 && end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] == '_');
    }

    private static bool IsLetter(char c) => char.IsLetter(c) || c == '_';

    private static bool IsWordEnd(char c) => char.IsLetterOrDigit(c) || "_!\"'&.,?".Contains(c);
}
