namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>What goes wrong while a template is rendered, before the renderer adds template and line.</summary>
internal sealed class RenderError(string problem, bool raisedByTemplate = false) : Exception(problem)
{
    /// <summary>Whether the template itself stopped, through raise_exception.</summary>
    public bool RaisedByTemplate => raisedByTemplate;
}
