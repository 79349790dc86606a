using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes.Reference;

/// <summary>Writes the keys of a recipe as a JSON schema, with which editors complete, explain and check recipes.</summary>
internal static class RecipeJsonSchema
{
    private const string Source = "source", Text = "text";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema, draft 2020-12.</summary>
    public static string Write()
    {
        OptionDocs docs = OptionDocs.Read();
        JsonObject schema = Section(docs, typeof(FineTuneOptions), allowsNull: false);
        schema["properties"]!.AsObject().Insert(0, RecipeBases.Key, new JsonObject
        {
            ["description"] = RecipeReference.Extends,
            ["type"] = "string",
        });
        schema["description"] = "What a fine-tuning run does, for leantune train. Every key: docs/recipe-reference.md.";
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "LeanTune recipe");
        // What a recipe builds on may hold the keys that it needs.
        schema["if"] = new JsonObject { ["not"] = new JsonObject { ["required"] = new JsonArray(RecipeBases.Key) } };
        schema["then"] = RequiredIn(typeof(FineTuneOptions));
        JsonObject source = Section(docs, typeof(DataSource), allowsNull: false);
        source["required"] = Required(typeof(DataSource));
        schema["$defs"] = new JsonObject
        {
            // Texts need no quotes, whatever they look like.
            [Text] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
            [Source] = source,
        };
        return schema.ToJsonString(s_readable);
    }

    private static JsonObject Section(OptionDocs docs, Type type, bool allowsNull)
    {
        object? defaults = RecipeReference.Defaults(type);
        JsonObject properties = [];
        foreach (RecipeKey key in RecipeSchema.Keys(type))
            properties[key.Name] = Key(docs, key, defaults);
        foreach (RecipeKey key in RecipeSchema.SharedKeys(type))
            properties[key.Name] = Key(docs, key, RecipeReference.Defaults(typeof(DataSource)));
        return new JsonObject
        {
            ["description"] = docs.Summary(type),
            ["type"] = allowsNull ? new JsonArray("object", "null") : "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Key(OptionDocs docs, RecipeKey key, object? defaults)
    {
        // A section whose keys are all commented out has every default.
        if (RecipeSchema.IsSection(key.Type))
        {
            JsonObject section = Section(docs, key.Type, allowsNull: true);
            section["description"] = docs.Summary(key.Property);
            return section;
        }
        JsonObject schema = new() { ["description"] = Description(docs, key) };
        foreach ((string name, JsonNode? value) in TypeOf(key))
            schema[name] = value?.DeepClone();
        if (!key.Required && defaults is not null && key.Property.GetValue(defaults) is { } otherwise)
            schema["default"] = Value(otherwise);
        return schema;
    }

    private static string Description(OptionDocs docs, RecipeKey key)
    {
        string otherwise = docs.Default(key.Property);
        string names = key.Type.IsEnum ? string.Concat(Enum.GetNames(key.Type).Select(name => $"\n{RecipeSchema.Name(name)}: {docs.Summary(key.Type, name)}")) : "";
        return docs.Summary(key.Property) + (otherwise.Length == 0 ? "" : $" Default {otherwise}.") + names;
    }

    private static JsonObject TypeOf(RecipeKey key)
    {
        if (key.Type.IsEnum)
            return new() { ["enum"] = new JsonArray([.. Enum.GetNames(key.Type).Select(name => (JsonNode?)RecipeSchema.Name(name)), .. key.AllowsNull ? [null] : Array.Empty<JsonNode?>()]) };
        if (key.Type == typeof(DataSources))
        {
            JsonArray one() => [Reference(Text), Reference(Source)];
            JsonArray any = one();
            any.Add(new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = new JsonObject { ["anyOf"] = one() } });
            return OrNull(any, key);
        }
        if (key.Type == typeof(IReadOnlyList<string>))
            return OrNull([Reference(Text), new JsonObject { ["type"] = "array", ["items"] = Reference(Text) }], key);
        if (key.Type == typeof(IReadOnlyDictionary<string, string>))
            return new() { ["type"] = "object", ["additionalProperties"] = Reference(Text) };
        if (key.Type == typeof(string))
            return new() { ["type"] = key.AllowsNull ? new JsonArray("string", "number", "boolean", "null") : new JsonArray("string", "number", "boolean") };
        string type = key.Type == typeof(bool) ? "boolean" : key.Type == typeof(double) ? "number" : "integer";
        JsonObject schema = new() { ["type"] = key.AllowsNull ? new JsonArray(type, "null") : type };
        if (RecipeRanges.Of(key) is { } range)
        {
            schema[range.AboveLeast ? "exclusiveMinimum" : "minimum"] = range.Least;
            if (range.Most is { } most)
                schema[range.BelowMost ? "exclusiveMaximum" : "maximum"] = most;
        }
        return schema;
    }

    private static JsonObject OrNull(JsonArray any, RecipeKey key)
    {
        if (key.AllowsNull)
            any.Add(new JsonObject { ["type"] = "null" });
        return new() { ["anyOf"] = any };
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/$defs/{name}" };

    private static JsonArray Required(Type type) => [.. RecipeSchema.Keys(type).Where(key => key.Required).Select(key => (JsonNode?)key.Name)];

    private static JsonObject RequiredIn(Type type)
    {
        JsonObject sections = [];
        foreach (RecipeKey key in RecipeSchema.Keys(type).Where(key => RecipeSchema.IsSection(key.Type) && Required(key.Type).Count > 0))
            sections[key.Name] = new JsonObject { ["required"] = Required(key.Type) };
        return new() { ["required"] = Required(type), ["properties"] = sections };
    }

    private static JsonNode? Value(object value) => value switch
    {
        bool flag => flag,
        int number => number,
        long number => number,
        ulong number => number,
        double number => number,
        string text => text,
        Enum name => RecipeSchema.Name(name.ToString()),
        IReadOnlyList<string> texts => new JsonArray([.. texts.Select(text => (JsonNode?)text)]),
        IReadOnlyDictionary<string, string> => new JsonObject(),
        _ => throw new NotSupportedException($"Recipes cannot hold values of type {value.GetType()}."),
    };
}
