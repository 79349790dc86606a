using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using LeanTune.Tokenization.AddedTokens;

namespace LeanTune.Tokenization.Files;

/// <summary>Writes a tokenizer's files with more added tokens than they have; every other value stays as it stands, character for character.</summary>
internal static class AddedTokenWriter
{
    private const string Tokens = "added_tokens", Decoder = "added_tokens_decoder";

    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a tokenizer.json whose <c>added_tokens</c> go on with some more.</summary>
    /// <param name="output">Written to.</param>
    /// <param name="file">The tokenizer.json to start from.</param>
    /// <param name="additions">The tokens.</param>
    public static void WriteTokenizer(Stream output, string file, IReadOnlyList<AddedToken> additions) => Copy(output, file, Tokens, always: true, (json, existing) =>
    {
        json.WriteStartArray(Tokens);
        if (existing.ValueKind == JsonValueKind.Array)
            foreach (JsonElement token in existing.EnumerateArray())
                WriteRaw(json, token);
        foreach (AddedToken token in additions)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            WriteRest(json, token);
        }

        json.WriteEndArray();
    });

    /// <summary>Writes a tokenizer_config.json whose <c>added_tokens_decoder</c> goes on with some more; where it has none, tokenizer.json says it all.</summary>
    /// <param name="output">Written to.</param>
    /// <param name="file">The tokenizer_config.json to start from.</param>
    /// <param name="additions">The tokens.</param>
    public static void WriteConfig(Stream output, string file, IReadOnlyList<AddedToken> additions) => Copy(output, file, Decoder, always: false, (json, existing) =>
    {
        json.WriteStartObject(Decoder);
        HashSet<string> known = [];
        foreach (JsonProperty token in existing.EnumerateObject())
        {
            known.Add(token.Name);
            json.WritePropertyName(token.Name);
            WriteRaw(json, token.Value);
        }

        foreach (AddedToken token in additions)
        {
            string id = token.Id.ToString(CultureInfo.InvariantCulture);
            if (known.Contains(id))
                continue;
            json.WriteStartObject(id);
            WriteRest(json, token);
        }

        json.WriteEndObject();
    });

    private static void Copy(Stream output, string file, string changed, bool always, Action<Utf8JsonWriter, JsonElement> change)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        using Utf8JsonWriter json = new(output, s_options);
        bool done = false;
        json.WriteStartObject();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.NameEquals(changed) && (always || property.Value.ValueKind == JsonValueKind.Object))
            {
                change(json, property.Value);
                done = true;
                continue;
            }

            json.WritePropertyName(property.Name);
            WriteRaw(json, property.Value);
        }

        if (always && !done)
            change(json, default);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, JsonElement value) => json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static void WriteRest(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", token.IsSingleWord);
        json.WriteBoolean("lstrip", token.StripsLeft);
        json.WriteBoolean("rstrip", token.StripsRight);
        json.WriteBoolean("normalized", token.IsNormalized);
        json.WriteBoolean("special", token.IsSpecial);
        json.WriteEndObject();
    }
}
