using Spectre.Console.Rendering;

namespace LeanTune.Cli.Display;

/// <summary>Erases everything from the cursor down before its content is drawn, so that nothing of a live panel shows through shorter lines.</summary>
internal sealed class OnErasedLines(IRenderable content) : Renderable
{
    private const string EraseBelow = "\u001b[J";

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => content.Render(options, maxWidth).Prepend(Segment.Control(EraseBelow));
}
