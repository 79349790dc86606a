namespace LeanTune.Data;

/// <summary>The window of a JSON file that is being parsed, moved forward and grown as needed; it knows where in the file it stands.</summary>
internal sealed class JsonBytes : IDisposable
{
    /// <summary>Longest value in bytes, as for a line of JSONL.</summary>
    private const int LongestValue = LineReader.LongestLine;

    private readonly string _path;
    private readonly Stream _file;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Opens a file at a place found earlier, or at its first byte after a byte order mark.</summary>
    /// <exception cref="DataException">The file cannot be opened, or is UTF-16.</exception>
    public JsonBytes(string path, long offset = 0, int line = 1)
    {
        _path = path;
        _file = DataFiles.Open(path);
        try
        {
            SkipTo(offset);
            Line = line;
            if (offset == 0 && Fill())
                Advance(ByteOrderMark.Skip(Window, path));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The bytes at hand.</summary>
    public ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Where the window starts in the file, or in what it decompresses to.</summary>
    public long Offset { get; private set; }

    /// <summary>Line on which the window starts, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Moves the window's start.</summary>
    public void Advance(int bytes)
    {
        Line += Window[..bytes].Count((byte)'\n');
        _start += bytes;
        Offset += bytes;
    }

    /// <summary>Lengthens the window at its end: to twice its length, when nothing was let go.</summary>
    /// <returns>False when the file has ended.</returns>
    /// <exception cref="DataException">The window is longer than any value may be.</exception>
    public bool Fill()
    {
        if (_atEnd)
            return false;
        if (_end - _start > LongestValue)
            throw new DataException($"{_path}:{Line}: the record is longer than {LongestValue >> 20} MiB");
        if (_start > 0)
        {
            Window.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        // Filled to the brim: what does not fit is parsed anew each time.
        int read = _file.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _atEnd = read < _buffer.Length - _end;
        _end += read;
        return read > 0;
    }

    /// <summary>The next byte that is no white space, left where it is; null at the end.</summary>
    public byte? Peek()
    {
        while (true)
        {
            int white = Window.IndexOfAnyExcept(" \t\r\n"u8);
            if (white >= 0)
            {
                Advance(white);
                return Window[0];
            }

            Advance(Window.Length);
            if (!Fill())
                return null;
        }
    }

    public void Dispose() => _file.Dispose();

    private void SkipTo(long offset)
    {
        if (_file.CanSeek)
            _file.Position = offset;
        else
            for (long left = offset; left > 0;)
                left -= _file.ReadAtLeast(_buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length)), 1);
        Offset = offset;
    }
}
