using System.Globalization;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>Texts that stand for what messages say and think, and that occur nowhere else.</summary>
internal sealed class Marks
{
    private readonly char _open;

    /// <param name="text">The rendered conversation, which must not hold a mark.</param>
    /// <param name="messages">The messages that are marked.</param>
    public Marks(string text, IReadOnlyList<int> messages)
    {
        Messages = messages;
        // Private use: a template treats these like letters without case.
        _open = Enumerable.Range(0xE100, 0x700).Select(static code => (char)code).FirstOrDefault(candidate => !text.Contains(candidate));
    }

    public IReadOnlyList<int> Messages { get; }

    public string Content(int message) => Mark(message, _open);

    public string Reasoning(int message) => Mark(message, (char)(_open + 1));

    /// <summary>Whether a text holds any mark.</summary>
    public bool AnyIn(ReadOnlySpan<char> text) => text.Contains(_open);

    private string Mark(int message, char close) => $"{_open}{message.ToString(CultureInfo.InvariantCulture)}{close}";
}
