using System.Text.Json;
using LeanTune.ChatTemplates;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.Tests.ChatTemplates;

/// <summary>Single constructs of the template language against what Python's jinja2 makes of them.</summary>
public sealed class JinjaUnitTests
{
    public static TheoryData<string, int> Cases => [.. Files("jinja_units.json").Concat(Files("jinja_more.json"))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Renders_as_jinja2_does(string file, int index)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Repository.Fixture($"chat/{file}")));
        JsonElement unit = golden.RootElement.GetProperty("cases")[index];
        string source = unit.GetProperty("template").GetString()!;
        KeyValuePair<string, object?>[] variables =
            [.. golden.RootElement.GetProperty("variables").EnumerateObject().Select(property => KeyValuePair.Create(property.Name, JsonValues.From(property.Value)))];
        if (unit.TryGetProperty("error", out JsonElement error))
        {
            TemplateException thrown = Should.Throw<TemplateException>(() => new Template("unit", source).Render(variables, FixedClock.Golden), source);
            bool byTemplate = error.GetProperty("type").GetString() == "TemplateError";
            thrown.RaisedByTemplate.ShouldBe(byTemplate, source);
            thrown.Line.ShouldBeGreaterThan(0);
            if (byTemplate)
                thrown.Problem.ShouldBe(error.GetProperty("message").GetString());
            return;
        }

        new Template("unit", source).Render(variables, FixedClock.Golden).ShouldBe(unit.GetProperty("expected").GetString(), source);
    }

    private static IEnumerable<TheoryDataRow<string, int>> Files(string file)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Repository.Fixture($"chat/{file}")));
        for (int i = 0; i < golden.RootElement.GetProperty("cases").GetArrayLength(); i++)
            yield return new(file, i);
    }
}
