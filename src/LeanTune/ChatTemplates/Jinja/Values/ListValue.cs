namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>A list.</summary>
internal sealed class ListValue(object?[] items) : SequenceValue(items)
{
    public override SequenceValue With(object?[] items) => new ListValue(items);
}
