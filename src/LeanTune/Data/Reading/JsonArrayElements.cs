using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Walks along one JSON array of a file and hands out each element's bytes, in memory bounded by the longest element.</summary>
/// <param name="path">The file.</param>
/// <param name="offset">Where the array's bracket stands, or white space before it.</param>
/// <param name="line">Line of that place.</param>
internal sealed class JsonArrayElements(string path, long offset = 0, int line = 1) : IDisposable
{
    private readonly JsonBytes _bytes = new(path, offset, line);
    private JsonReaderState _state;
    private bool _inside;

    /// <summary>Where the element last handed out stands in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Line on which it starts; 0 before the first.</summary>
    public int Line { get; private set; }

    /// <summary>Moves to the next element.</summary>
    /// <param name="element">Its bytes, valid until the next call.</param>
    /// <returns>False behind the last one.</returns>
    /// <exception cref="DataException">The file is no array, is not valid JSON, or ends too soon: nothing behind this place can be read.</exception>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        element = default;
        int start, end;
        while (!TryParse(out start, out end))
            if (!_bytes.Fill())
                throw new DataException($"{path}: the JSON array is cut off: the file ends before its closing bracket, " +
                    (Line == 0 ? "with no whole record" : $"after the record on line {Line}"));
        if (start < 0)
        {
            _bytes.Advance(end);
            return false;
        }

        _bytes.Advance(start);
        (Offset, Line) = (_bytes.Offset, _bytes.Line);
        element = _bytes.Window[..(end - start)];
        _bytes.Advance(end - start);
        return true;
    }

    /// <summary>Checks that nothing but white space follows the array.</summary>
    /// <exception cref="DataException">Something does.</exception>
    public void RequireEnd()
    {
        if (_bytes.Peek() is not null)
            throw new DataException($"{path}:{_bytes.Line}: expected the end of the file after the JSON array; something follows");
    }

    public void Dispose() => _bytes.Dispose();

    /// <summary>Finds the next element in the window.</summary>
    /// <returns>False when the window ends within it. At the array's end, <paramref name="start"/> is −1.</returns>
    private bool TryParse(out int start, out int end)
    {
        (start, end) = (-1, 0);
        var reader = new Utf8JsonReader(_bytes.Window, isFinalBlock: false, _state);
        try
        {
            if (!_inside && !reader.Read())
                return false;
            if (!reader.Read())
                return false;
            if (reader.TokenType != JsonTokenType.EndArray)
            {
                start = (int)reader.TokenStartIndex;
                if (!reader.TrySkip())
                    return false;
            }
        }
        catch (JsonException cause)
        {
            throw JsonErrors.Invalid(path, line, cause);
        }

        end = (int)reader.BytesConsumed;
        (_state, _inside) = (reader.CurrentState, true);
        return true;
    }
}
