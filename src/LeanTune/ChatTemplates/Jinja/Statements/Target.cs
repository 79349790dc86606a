using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>What a value can be assigned to.</summary>
internal abstract class Target
{
    public abstract void Assign(RenderRun run, object? value);
}
