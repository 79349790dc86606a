namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>
/// The value of what is not there: empty and false, but an error as soon as it is called, calculated with, or asked for an attribute.
/// </summary>
/// <param name="problem">What the error says.</param>
internal sealed class Undefined(Func<string> problem)
{
    public RenderError Error() => new(problem());

    public static Undefined Variable(string name) => new(() => $"'{name}' is not defined");

    /// <summary>An attribute or element that a value lacks.</summary>
    public static Undefined Member(object? owner, object? key) => new(() => key is string name
        ? $"{TypeName.WithArticle(owner)} has no attribute '{name}'"
        : $"{TypeName.WithArticle(owner)} has no element {key switch { long or bool => ToText.Of(key), _ => TypeName.WithArticle(key) }}");

    /// <summary>An attribute that templates must not touch.</summary>
    public static Undefined Forbidden(object? owner, string name) => new(() => $"templates may not use the attribute '{name}' of {TypeName.WithArticle(owner)}");
}
