using System.Text.Json;

namespace LeanTune.Data;

/// <summary>What the object at the top of a JSON file holds: enough to tell where its records are.</summary>
internal static class JsonOutline
{
    /// <summary>Reads the whole file once, keeping no more than its top-level keys.</summary>
    /// <exception cref="DataException">The file is not valid JSON or ends too soon.</exception>
    public static IReadOnlyList<JsonMember> Read(string path)
    {
        using var bytes = new JsonBytes(path);
        var members = new List<JsonMember>();
        JsonReaderState state = default;
        bool ended = false;
        while (true)
        {
            var reader = new Utf8JsonReader(bytes.Window, isFinalBlock: false, state);
            int read;
            try
            {
                read = Scan(ref reader, bytes, members, ref ended);
            }
            catch (JsonException cause)
            {
                throw JsonErrors.Invalid(path, 1, cause);
            }

            state = reader.CurrentState;
            bytes.Advance(read);
            if (!bytes.Fill())
                return ended ? members : throw new DataException($"{path}: the JSON is cut off: the file ends on line {bytes.Line} before its closing brace");
        }
    }

    private static int Scan(ref Utf8JsonReader reader, JsonBytes bytes, List<JsonMember> members, ref bool ended)
    {
        while (reader.Read())
        {
            if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
            {
                members.Add(new JsonMember(NameOf(ref reader)));
                continue;
            }

            ended |= reader is { TokenType: JsonTokenType.EndObject, CurrentDepth: 0 };
            if (members is not [.., var member] || reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject or JsonTokenType.PropertyName)
                continue;
            if (reader.CurrentDepth == 1)
                member.Begin(reader.TokenType, bytes.Offset + reader.TokenStartIndex, bytes.Line + bytes.Window[..(int)reader.TokenStartIndex].Count((byte)'\n'));
            else if (reader.CurrentDepth == 2)
                member.Count(reader.TokenType);
        }

        return (int)reader.BytesConsumed;
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException cause)
        {
            throw new JsonException("A key is not valid text.", cause);
        }
    }
}
