using System.Text.Json;

namespace LeanTune.Data;

/// <summary>One key at the top of a JSON file, and what it holds.</summary>
internal sealed class JsonMember(string name)
{
    public string Name { get; } = name;

    public bool IsArray { get; private set; }

    /// <summary>Where the value stands in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Line of that place.</summary>
    public int Line { get; private set; }

    /// <summary>Elements, when it is an array.</summary>
    public int Elements { get; private set; }

    /// <summary>What the first element is.</summary>
    public JsonTokenType FirstElement { get; private set; }

    public void Begin(JsonTokenType kind, long offset, int line) => (IsArray, Offset, Line) = (kind == JsonTokenType.StartArray, offset, line);

    public void Count(JsonTokenType element)
    {
        if (Elements++ == 0)
            FirstElement = element;
    }
}
