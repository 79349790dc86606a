namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>How execution goes on after a statement.</summary>
internal enum Flow
{
    /// <summary>With the next statement.</summary>
    Next,

    /// <summary>Behind the innermost loop.</summary>
    Break,

    /// <summary>With the innermost loop's next item.</summary>
    Continue,
}
