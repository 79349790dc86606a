using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LeanTune.Cli.Recipes.Reference;

/// <summary>What the options' XML documentation says, as text with code in backticks and names as recipes spell them.</summary>
internal sealed partial class OptionDocs
{
    private const string FileName = "LeanTune.xml";

    private readonly Dictionary<string, XElement> _members;

    private OptionDocs(Dictionary<string, XElement> members) => _members = members;

    /// <summary>Reads the file that the build of the library writes beside it.</summary>
    /// <exception cref="UsageException">It is not there.</exception>
    public static OptionDocs Read()
    {
        string path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path))
            throw new UsageException($"leantune: {FileName}, which describes the options, is not beside the program (looked for '{path}')");
        return new(XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value));
    }

    /// <summary>What an option means.</summary>
    public string Summary(PropertyInfo option) => Text($"P:{option.DeclaringType!.FullName}.{option.Name}", "summary");

    /// <summary>What it is when the recipe leaves it out, without the word Default; empty where nothing is said.</summary>
    public string Default(PropertyInfo option)
    {
        string value = Text($"P:{option.DeclaringType!.FullName}.{option.Name}", "value");
        return (value.StartsWith("Default ", StringComparison.Ordinal) ? value["Default ".Length..] : value).TrimEnd('.');
    }

    /// <summary>What a section is for.</summary>
    public string Summary(Type section) => Text($"T:{section.FullName}", "summary");

    /// <summary>What one of the names that an option may have means.</summary>
    public string Summary(Type names, string name) => Text($"F:{names.FullName}.{name}", "summary");

    private string Text(string member, string part) =>
        _members.TryGetValue(member, out XElement? found) && found.Element(part) is { } element ? string.Concat(element.Nodes().Select(Render)).Trim() : "";

    private static string Render(XNode node) => node switch
    {
        XText text => Spaces().Replace(text.Value, " "),
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } target => $"`{Name(target.Value)}`",
        XElement element => string.Concat(element.Nodes().Select(Render)),
        _ => "",
    };

    // P:LeanTune.Training.AdapterOptions.Rank is rank; F:LeanTune.Training.Fidelity.High is high.
    private static string Name(string target)
    {
        target = target.Split('(')[0];
        string last = target[(target.LastIndexOf('.') + 1)..];
        return target.StartsWith("P:", StringComparison.Ordinal) || target.StartsWith("F:", StringComparison.Ordinal) ? RecipeSchema.Name(last) : last;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
