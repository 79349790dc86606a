namespace LeanTune.Data;

/// <summary>A text of which every token is trained.</summary>
/// <param name="Text">The text; never empty.</param>
public sealed record PlainTextExample(string Text) : Example
{
    internal override string KindName => "plain texts";

    private protected override void AddTo(ContentHasher content) => content.Add(Text);
}
