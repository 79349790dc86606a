namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>A list or a tuple. Templates cannot change either.</summary>
internal abstract class SequenceValue(object?[] items)
{
    public object?[] Items { get; } = items;

    /// <summary>A sequence of the same type with other items.</summary>
    public abstract SequenceValue With(object?[] items);
}
