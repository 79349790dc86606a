namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>A template's text before it is parsed, with the name that its errors carry.</summary>
internal sealed class TemplateSource
{
    /// <summary>Real templates have a few thousand characters.</summary>
    private const int MaxLength = 1 << 19;

    /// <exception cref="TemplateException">The text is longer than any template.</exception>
    public TemplateSource(string name, string text)
    {
        Name = name;
        if (text.Length > MaxLength)
            throw Error(0, $"has {text.Length} characters; a chat template has at most {MaxLength}");
        Text = Normalise(text);
    }

    public string Name { get; }

    /// <summary>The text with LF alone, and without the line break that ends it.</summary>
    public string Text { get; }

    public TemplateException Error(int line, string problem) => new(Name, line, problem);

    private static string Normalise(string text)
    {
        text = text.Replace("\r\n", "\n").Replace('\r', '\n');
        return text.EndsWith('\n') ? text[..^1] : text;
    }
}
