using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Statements;

/// <summary>Text outside of tags.</summary>
internal sealed class PlainText(string text) : Statement
{
    public override Flow Execute(RenderRun run)
    {
        run.Write(text);
        return Flow.Next;
    }
}
