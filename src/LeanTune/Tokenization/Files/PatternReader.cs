using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the pattern of a Split or Replace stage.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonNode node)
    {
        if (node.Kind == System.Text.Json.JsonValueKind.String)
            return new StringPattern(node.AsString());
        if (node["String"] is { IsNull: false } text)
            return new StringPattern(text.AsString());
        if (node["Regex"] is { IsNull: false } regex)
            return new RegexPattern(RegexTranslator.Translate(regex), regex);
        throw node.Error("expected {\"String\": …} or {\"Regex\": …}");
    }
}
