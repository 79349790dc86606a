using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>Finds where a turn ends: behind the token that ends it, before the whitespace that only separates it from the next.</summary>
/// <param name="text">The rendered conversation.</param>
/// <param name="endToken">The token that the template knows as the end of a text; "" when none.</param>
internal sealed class EndOfTurn(string text, string endToken)
{
    /// <summary>The end of what is trained of a turn.</summary>
    /// <param name="start">Where the trained part starts.</param>
    /// <param name="end">Where the turn ends as written.</param>
    /// <param name="footer">What the template writes behind what the message says; null when that is not known.</param>
    public int Find(int start, int end, string? footer)
    {
        ReadOnlySpan<char> turn = text.AsSpan(start, end - start);
        ReadOnlySpan<char> trimmed = TrimEnd(turn);
        bool footerKnown = footer is not null && turn.EndsWith(footer, StringComparison.Ordinal);
        bool hasEnd = footerKnown ? !Whitespace.IsBlank(footer) : IsEnd(trimmed);
        return hasEnd ? start + trimmed.Length : end + LengthOfEndAt(end);
    }

    /// <summary>Where a part ends that a generation block wrote: behind the token that ends the turn, where it follows at once.</summary>
    /// <param name="start">Where the part starts.</param>
    /// <param name="end">Where the block ended.</param>
    /// <param name="turnEnd">Where the turn ends as written.</param>
    public int Extend(int start, int end, int turnEnd)
    {
        if (IsEnd(TrimEnd(text.AsSpan(start, end - start))))
            return end;
        int length = Math.Max(LengthOfEndAt(end), SpecialLookalikes.LengthAt(text, end));
        return end + length <= turnEnd ? end + length : end;
    }

    private bool IsEnd(ReadOnlySpan<char> trimmed) =>
        (endToken.Length > 0 && trimmed.EndsWith(endToken, StringComparison.Ordinal)) || SpecialLookalikes.EndIn(trimmed);

    private int LengthOfEndAt(int at) => endToken.Length > 0 && text.AsSpan(at).StartsWith(endToken, StringComparison.Ordinal) ? endToken.Length : 0;

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> part)
    {
        int length = part.Length;
        while (length > 0 && Whitespace.Is(part[length - 1]))
            length--;
        return part[..length];
    }
}
