using System.Text.Json;

namespace LeanTune.Metrics;

/// <summary>Appends one JSON object a line to a file that others may read while the run goes on.</summary>
public sealed class JsonLinesFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens a file for appending.</summary>
    /// <param name="path">Made when it does not exist. A last line that a crash cut short is removed.</param>
    public JsonLinesFile(string path)
    {
        // Without a buffer: what a full disk refused is not written again when the file is closed.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _stream.SetLength(EndOfLastLine(_stream));
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Writes one line.</summary>
    /// <param name="write">Writes the members of the object.</param>
    /// <returns>The object, as it was written.</returns>
    public ReadOnlyMemory<byte> Append(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        _stream.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
        return line.GetBuffer().AsMemory(0, (int)line.Length - 1);
    }

    /// <summary>Removes the first line that is not wanted and all after it.</summary>
    /// <param name="wanted">Judges a line's object.</param>
    public void CutAt(Func<ReadOnlyMemory<byte>, bool> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        byte[] text = ReadAll();
        int end = 0;
        for (int length; (length = text.AsSpan(end).IndexOf((byte)'\n')) >= 0 && wanted(text.AsMemory(end, length));) end += length + 1;
        _stream.SetLength(end);
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>The objects that the file holds, one a line.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Lines()
    {
        byte[] text = ReadAll();
        for (int start = 0, length; start < text.Length && (length = text.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += length + 1)
            yield return text.AsMemory(start, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private byte[] ReadAll()
    {
        byte[] text = new byte[_stream.Length];
        _stream.Seek(0, SeekOrigin.Begin);
        _stream.ReadExactly(text);
        _stream.Seek(0, SeekOrigin.End);
        return text;
    }

    private static long EndOfLastLine(FileStream stream)
    {
        for (long at = stream.Length; at > 0; at--)
        {
            stream.Seek(at - 1, SeekOrigin.Begin);
            if (stream.ReadByte() == '\n') return at;
        }

        return 0;
    }
}
