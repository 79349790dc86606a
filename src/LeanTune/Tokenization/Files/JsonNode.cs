using System.Text.Json;

namespace LeanTune.Tokenization.Files;

/// <summary>A JSON value that knows its file and path, so that whatever is wrong with it can be said in one clear error.</summary>
internal readonly struct JsonNode
{
    private const long LargestFile = 1L << 30;
    private readonly JsonElement _element;
    private readonly string _file;

    private JsonNode(JsonElement element, string file, string path)
    {
        _element = element;
        _file = file;
        Path = path;
    }

    /// <summary>Path from the file's root, as in <c>$.model.vocab</c>.</summary>
    public string Path { get; }

    /// <summary>The value itself, for large tables whose paths are only made up when something is wrong.</summary>
    public JsonElement Element => _element;

    public bool IsNull => _element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public JsonValueKind Kind => _element.ValueKind;

    /// <summary>Reads a file that holds one JSON object.</summary>
    /// <exception cref="TokenizerFormatException">The file is not valid JSON, is nested more than 64 levels deep, or holds something else than an object.</exception>
    public static JsonNode Load(string file)
    {
        if (new FileInfo(file).Length > LargestFile)
            throw new TokenizerFormatException(file, "$", "the file is larger than 1 GiB; expected a tokenizer's JSON");
        try
        {
            using FileStream stream = File.OpenRead(file);
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonNode root = new(document.RootElement.Clone(), file, "$");
            root.Expect(JsonValueKind.Object, "an object");
            return root;
        }
        catch (JsonException error)
        {
            string place = error.LineNumber is long line ? $" (line {line + 1}, byte {error.BytePositionInLine + 1} of it)" : "";
            throw new TokenizerFormatException(file, "$", $"not valid JSON{place}", error);
        }
    }

    /// <summary>The error for this value.</summary>
    public TokenizerFormatException Error(string problem) => new(_file, Path, problem);

    /// <summary>The error for something inside this value.</summary>
    /// <param name="inside">Rest of the path, as in <c>[3]</c>.</param>
    /// <param name="problem">What is wrong.</param>
    public TokenizerFormatException Error(string inside, string problem) => new(_file, Path + inside, problem);

    /// <summary>The error for a stage, kind or option that this engine does not have.</summary>
    public TokenizerFormatException Unknown(string what, string name, IEnumerable<string> known) =>
        Error($"unknown {what} '{name}'; known: {string.Join(", ", known)}");

    /// <summary>A member, or a node that <see cref="IsNull"/> when it is absent.</summary>
    public JsonNode this[string name]
    {
        get
        {
            Expect(JsonValueKind.Object, "an object");
            _element.TryGetProperty(name, out JsonElement member);
            return new JsonNode(member, _file, $"{Path}.{name}");
        }
    }

    /// <summary>A member that must be there.</summary>
    public JsonNode Required(string name)
    {
        JsonNode member = this[name];
        return member.IsNull ? throw Error($"'{name}' is missing") : member;
    }

    public IEnumerable<JsonNode> Items()
    {
        Expect(JsonValueKind.Array, "a list");
        return Walk(this);

        static IEnumerable<JsonNode> Walk(JsonNode list)
        {
            int index = 0;
            foreach (JsonElement item in list._element.EnumerateArray())
                yield return new JsonNode(item, list._file, $"{list.Path}[{index++}]");
        }
    }

    public IEnumerable<(string Name, JsonNode Value)> Members()
    {
        Expect(JsonValueKind.Object, "an object");
        return Walk(this);

        static IEnumerable<(string, JsonNode)> Walk(JsonNode node)
        {
            foreach (JsonProperty member in node._element.EnumerateObject())
            {
                string name = NameOf(member, node);
                yield return (name, new JsonNode(member.Value, node._file, $"{node.Path}.{name}"));
            }
        }
    }

    /// <summary>Name of a member; a name that is no valid text is an error of its object.</summary>
    public static string NameOf(JsonProperty member, JsonNode parent)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw parent.Error("a member's name is not valid Unicode text");
        }
    }

    public string AsString()
    {
        Expect(JsonValueKind.String, "a string");
        return Text(_element) ?? throw Error("not valid Unicode text");
    }

    /// <summary>Text of a string, or null when its escapes make no valid Unicode.</summary>
    public static string? Text(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public string? AsStringOrNull() => IsNull ? null : AsString();

    /// <summary>A string of exactly one code point.</summary>
    public int AsCodePoint()
    {
        string text = AsString();
        int[] runes = [.. text.EnumerateRunes().Select(rune => rune.Value)];
        return runes.Length == 1 ? runes[0] : throw Error($"expected one character, found '{text}'");
    }

    public bool AsBoolean(bool absent)
    {
        if (IsNull)
            return absent;
        return _element.ValueKind is JsonValueKind.True or JsonValueKind.False ? _element.GetBoolean() : throw Error($"expected true or false, found {Shown}");
    }

    public int AsInteger()
    {
        Expect(JsonValueKind.Number, "a whole number");
        return _element.TryGetInt32(out int value) ? value : throw Error($"expected a whole number that fits 32 bits, found {Shown}");
    }

    /// <summary>A whole number ≥ 0.</summary>
    public int AsCount()
    {
        int value = AsInteger();
        return value >= 0 ? value : throw Error($"expected a number that is not negative, found {value}");
    }

    /// <summary>The value as an error shows it: its start, if it is long.</summary>
    public string Shown
    {
        get
        {
            string kind = _element.ValueKind.ToString().ToLowerInvariant();
            if (_element.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Undefined)
                return kind;
            string raw = _element.GetRawText();
            return raw.Length <= 60 ? raw : raw[..60] + "…";
        }
    }

    private void Expect(JsonValueKind kind, string expected)
    {
        if (_element.ValueKind != kind)
            throw Error($"expected {expected}, found {Shown}");
    }
}
