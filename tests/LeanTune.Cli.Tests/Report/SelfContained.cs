using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LeanTune.Cli.Tests.Report;

/// <summary>A page read as XML, and seen to load nothing.</summary>
internal static partial class SelfContained
{
    private static readonly string[] s_loading = ["script", "link", "iframe", "object", "embed", "img", "image", "video", "audio", "source", "base", "foreignObject"];

    public static XDocument Page(string path)
    {
        string text = File.ReadAllText(path);
        XDocument page = XDocument.Parse(text);
        page.Descendants().Select(element => element.Name.LocalName).Intersect(s_loading).ShouldBeEmpty();
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "data" && !attribute.Value.StartsWith('#')).ShouldBeEmpty();
        page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)).ShouldBeEmpty();
        Loads().Matches(text).Select(match => match.Value).ShouldBeEmpty();
        page.Descendants().Attributes("id").Select(id => id.Value).ShouldBeUnique();
        // Every name that a drawing refers to is in it.
        string[] names = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        References().Matches(text).Select(match => match.Groups[1].Value).Except(names).ShouldBeEmpty();
        return page;
    }

    /// <summary>Elements, whatever their namespace.</summary>
    public static IEnumerable<XElement> All(this XDocument page, string name) => page.Descendants().Where(element => element.Name.LocalName == name);

    [GeneratedRegex(@"@import|url\((?!#)")]
    private static partial Regex Loads();

    [GeneratedRegex(@"url\(#([^)]*)\)")]
    private static partial Regex References();
}
