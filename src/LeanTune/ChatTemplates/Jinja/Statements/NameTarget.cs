using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>A variable of the current scope.</summary>
internal sealed class NameTarget(int name) : Target
{
    public override void Assign(RenderRun run, object? value) => run.Set(name, value);
}
