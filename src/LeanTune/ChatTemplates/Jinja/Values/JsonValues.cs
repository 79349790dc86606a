using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>JSON as values that templates work with; nothing of it is lost.</summary>
internal static class JsonValues
{
    /// <exception cref="InvalidDataException">A text is no valid Unicode, or a number is beyond all bounds.</exception>
    public static object? From(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                DictValue dict = new();
                foreach (JsonProperty property in element.EnumerateObject())
                    dict.Set(Valid(() => property.Name), From(property.Value));
                return dict;
            case JsonValueKind.Array:
                object?[] items = new object?[element.GetArrayLength()];
                int at = 0;
                foreach (JsonElement item in element.EnumerateArray())
                    items[at++] = From(item);
                return new ListValue(items);
            case JsonValueKind.String:
                return Valid(() => element.GetString()!);
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.True or JsonValueKind.False:
                return Boxed.Of(element.ValueKind == JsonValueKind.True);
            default:
                return null;
        }
    }

    private static string Valid(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException("a text holds half a surrogate pair, which is no valid Unicode", error);
        }
    }

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out long whole))
            return Boxed.Of(whole);
        string text = element.GetRawText();
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return text.Length <= 4000
            ? BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : throw new InvalidDataException($"a whole number has {text.Length} digits; at most 4000 are allowed");
    }
}
