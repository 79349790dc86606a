using System.Text.Json;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>The example files of the fixtures, with what independent readers make of them.</summary>
internal static class GoldenFiles
{
    private static readonly Lazy<JsonElement> Files = new(() => JsonElement.Parse(File.ReadAllBytes(Repository.Fixture("data/expected.json"))).GetProperty("files"));

    public static TheoryData<string> Names() => [.. Files.Value.EnumerateObject().Select(file => file.Name)];

    public static string Kind(string name) => Files.Value.GetProperty(name).GetProperty("kind").GetString()!;

    /// <summary>The records as objects; rows and texts without names get those that the source gives them.</summary>
    public static JsonElement[] Records(string name) => [.. Files.Value.GetProperty(name).GetProperty("records").EnumerateArray().Select(Named)];

    /// <summary>How the file is read; only what no one can see in it is said.</summary>
    public static DataSource Source(string name) => new()
    {
        Path = Repository.Fixture("data/" + name),
        Fields = name.Contains("noheader", StringComparison.Ordinal) ? ["label", "text"] : [],
        TextUnit = name switch { "text.paragraphs.txt" => TextUnit.Paragraph, "text.whole.txt" => TextUnit.File, _ => TextUnit.Line },
    };

    private static JsonElement Named(JsonElement record) => record.ValueKind switch
    {
        JsonValueKind.Array => JsonSerializer.SerializeToElement(new { label = record[0].GetString(), text = record[1].GetString() }),
        JsonValueKind.String => JsonSerializer.SerializeToElement(new { text = record.GetString() }),
        _ => record,
    };
}
