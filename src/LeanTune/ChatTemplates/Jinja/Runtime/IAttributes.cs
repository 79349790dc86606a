namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A value with named attributes, which are data and never code of the host.</summary>
internal interface IAttributes
{
    bool TryGetAttribute(string name, out object? value);
}
