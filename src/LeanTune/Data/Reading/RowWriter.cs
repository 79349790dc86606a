using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Makes a record out of a row of cells and the names of its columns.</summary>
/// <remarks>Works in one buffer: for one thread.</remarks>
internal sealed class RowWriter : IDisposable
{
    private readonly JsonEncodedText[] _names;
    private readonly ArrayBufferWriter<byte> _row = new();
    private readonly Utf8JsonWriter _json;

    public RowWriter(IReadOnlyList<string> names)
    {
        _names = [.. names.Select(name => JsonEncodedText.Encode(name))];
        _json = new Utf8JsonWriter(_row, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public int Columns => _names.Length;

    /// <summary>Begins a row; exactly one value a column must follow, in order.</summary>
    public void Begin()
    {
        _row.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
    }

    /// <summary>Adds the text of a cell, valid UTF-8.</summary>
    public void Add(int column, ReadOnlySpan<byte> text) => _json.WriteString(_names[column], text);

    /// <summary>Ends the row.</summary>
    public JsonElement End()
    {
        _json.WriteEndObject();
        _json.Flush();
        return JsonElement.Parse(_row.WrittenSpan);
    }

    /// <summary>A JSON array of cells as an object.</summary>
    /// <exception cref="RecordException">It has more or fewer cells than there are names.</exception>
    public JsonElement Named(JsonElement cells)
    {
        RequireCount(cells.GetArrayLength());
        Begin();
        int column = 0;
        foreach (JsonElement cell in cells.EnumerateArray())
        {
            _json.WritePropertyName(_names[column++]);
            cell.WriteTo(_json);
        }

        return End();
    }

    public void Dispose() => _json.Dispose();

    /// <exception cref="RecordException">The row has more or fewer cells than there are names.</exception>
    public void RequireCount(int cells)
    {
        if (cells != Columns)
            throw new RecordException($"expected {Columns} {(Columns == 1 ? "cell" : "cells")}, found {cells}");
    }
}
