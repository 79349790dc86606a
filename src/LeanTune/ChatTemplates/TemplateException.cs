namespace LeanTune.ChatTemplates;

/// <summary>Says that a chat template cannot be read, or cannot render a conversation: which template, which line, and what was expected there.</summary>
public sealed class TemplateException : Exception
{
    /// <summary>Makes the error for one place of one template.</summary>
    /// <param name="templateName">Name of the template, or path of its file.</param>
    /// <param name="line">Line of the template, from 1; 0 for the template as a whole.</param>
    /// <param name="problem">What is wrong and what was expected; the template's own words when <paramref name="raisedByTemplate"/> is true.</param>
    /// <param name="raisedByTemplate">Whether the template itself refused the conversation through <c>raise_exception</c>.</param>
    /// <param name="inner">The error below this one, if any.</param>
    public TemplateException(string templateName, int line, string problem, bool raisedByTemplate = false, Exception? inner = null)
        : base($"{templateName}{(line > 0 ? $", line {line}" : "")}: {(raisedByTemplate ? "the template refuses this conversation: " : "")}{problem}", inner)
    {
        TemplateName = templateName;
        Line = line;
        Problem = problem;
        RaisedByTemplate = raisedByTemplate;
    }

    /// <summary>Name of the template, or path of its file.</summary>
    public string TemplateName { get; }

    /// <summary>Line of the template, from 1; 0 for the template as a whole.</summary>
    public int Line { get; }

    /// <summary>What is wrong, without template and line.</summary>
    public string Problem { get; }

    /// <summary>True when the template refused the conversation through <c>raise_exception</c>: then <see cref="Problem"/> is its own message.</summary>
    public bool RaisedByTemplate { get; }
}
