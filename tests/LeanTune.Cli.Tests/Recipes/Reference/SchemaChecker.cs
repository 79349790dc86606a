using System.Text.Json.Nodes;
using LeanTune.Cli.Recipes;

namespace LeanTune.Cli.Tests.Recipes.Reference;

/// <summary>Judges values by the part of JSON schema that recipes' schema uses; any other keyword is an error, so that nothing passes unread.</summary>
internal sealed class SchemaChecker(JsonObject root)
{
    /// <summary>A recipe's text as an editor reads it: by YAML's core schema.</summary>
    public static JsonNode? ToJson(RecipeNode node) => node switch
    {
        RecipeMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, ToJson(entry.Value)))),
        RecipeList list => new JsonArray([.. list.Items.Select(ToJson)]),
        RecipeScalar { IsNull: true } => null,
        RecipeScalar { Quoted: true } text => JsonValue.Create(text.Text),
        RecipeScalar { Text: "true" or "false" } flag => JsonValue.Create(flag.Text == "true"),
        RecipeScalar number when double.TryParse(number.Text, System.Globalization.CultureInfo.InvariantCulture, out double value) => JsonValue.Create(value),
        RecipeScalar plain => JsonValue.Create(plain.Text),
        _ => throw new NotSupportedException(),
    };

    /// <summary>What does not fit; empty when all does.</summary>
    public IReadOnlyList<string> Problems(JsonNode? value) => [.. Check(root, value, "")];

    private IEnumerable<string> Check(JsonObject schema, JsonNode? value, string at)
    {
        foreach ((string keyword, JsonNode? says) in schema)
        {
            IEnumerable<string> found = keyword switch
            {
                "$schema" or "title" or "description" or "default" or "$defs" or "then" => [],
                "$ref" => Check((JsonObject)root["$defs"]![says!.GetValue<string>()["#/$defs/".Length..]]!, value, at),
                "type" => (says is JsonArray types ? types.Select(type => type!.GetValue<string>()) : [says!.GetValue<string>()]).Any(type => Is(type, value)) ? [] : [$"{at}: type"],
                "enum" => ((JsonArray)says!).Any(item => JsonNode.DeepEquals(item, value)) ? [] : [$"{at}: enum"],
                "anyOf" => ((JsonArray)says!).Any(any => !Check((JsonObject)any!, value, at).Any()) ? [] : [$"{at}: anyOf"],
                "not" => Check((JsonObject)says!, value, at).Any() ? [] : [$"{at}: not"],
                "if" => Check((JsonObject)says!, value, at).Any() ? [] : Check((JsonObject)schema["then"]!, value, at),
                "required" => value is JsonObject map ? ((JsonArray)says!).Select(key => key!.GetValue<string>()).Where(key => !map.ContainsKey(key)).Select(key => $"{at}: {key} is missing") : [],
                "properties" => value is JsonObject map ? map.Where(pair => says![pair.Key] is not null).SelectMany(pair => Check((JsonObject)says![pair.Key]!, pair.Value, $"{at}.{pair.Key}")) : [],
                "additionalProperties" => value is JsonObject map ? map.Where(pair => schema["properties"]?[pair.Key] is null)
                    .SelectMany(pair => says is JsonObject each ? Check(each, pair.Value, $"{at}.{pair.Key}") : [$"{at}: {pair.Key} is unknown"]) : [],
                "items" => value is JsonArray list ? list.SelectMany(item => Check((JsonObject)says!, item, at + "[]")) : [],
                "minItems" => value is JsonArray list && list.Count < says!.GetValue<int>() ? [$"{at}: minItems"] : [],
                "minimum" or "exclusiveMinimum" or "maximum" or "exclusiveMaximum" => Number(value) is { } number && !Within(keyword, number, Number(says)!.Value) ? [$"{at}: {keyword}"] : [],
                _ => throw new NotSupportedException($"the keyword '{keyword}'"),
            };
            foreach (string problem in found)
                yield return problem;
        }
    }

    private static bool Within(string keyword, double number, double end) => keyword switch
    {
        "minimum" => number >= end,
        "exclusiveMinimum" => number > end,
        "maximum" => number <= end,
        _ => number < end,
    };

    private static double? Number(JsonNode? value) => value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : null;

    private static bool Is(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == System.Text.Json.JsonValueKind.String,
        "boolean" => value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        "number" => Number(value) is not null,
        "integer" => Number(value) is { } number && number == Math.Floor(number),
        _ => throw new NotSupportedException($"the type '{type}'"),
    };
}
