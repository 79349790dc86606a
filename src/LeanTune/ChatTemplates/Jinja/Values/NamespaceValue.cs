using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The one value that templates can change: named attributes that outlive the loops that set them.</summary>
internal sealed class NamespaceValue(DictValue attributes) : IAttributes
{
    public DictValue Attributes => attributes;

    public bool TryGetAttribute(string name, out object? value) => attributes.TryGet(name, out value);
}
