using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>A node of a parsed template that writes text or changes variables.</summary>
internal abstract class Statement
{
    public abstract Flow Execute(RenderRun run);
}
