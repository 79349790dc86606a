namespace LeanTune.Data;

/// <summary>Reads a file line by line as bytes, in memory bounded by the longest line allowed; the first stage of JSONL and of text.</summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>Longest line in bytes.</summary>
    public const int LongestLine = 64 << 20;

    private readonly Stream _file;
    private readonly int _longestLine;
    private byte[] _buffer = new byte[1 << 16];
    private long _bufferOffset;
    private int _start;
    private int _end;
    private bool _atEnd;

    public LineReader(string path, int longestLine = LongestLine)
    {
        _longestLine = longestLine;
        _file = DataFiles.Open(path);
        try
        {
            while (_end < 3 && Fill())
            {
            }

            _start = ByteOrderMark.Skip(_buffer.AsSpan(0, _end), path);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Number of the line last read, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Where in the file, or in what it decompresses to, the line last read starts.</summary>
    public long Offset { get; private set; }

    /// <summary>What to say of a line that is too long.</summary>
    public static string TooLong => $"the line is longer than {LongestLine >> 20} MiB";

    /// <summary>Reads the next line without its line break.</summary>
    /// <param name="line">The bytes, valid until the next call; empty when the line is too long.</param>
    /// <param name="tooLong">The line has more bytes than are allowed; it was skipped.</param>
    /// <returns>False at the end of the file.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool tooLong)
    {
        line = default;
        tooLong = false;
        int scanned = 0;
        Offset = _bufferOffset + _start;
        while (true)
        {
            int lineBreak = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            int length = lineBreak >= 0 ? scanned + lineBreak : _end - _start;
            tooLong |= length > _longestLine;
            if (lineBreak < 0 && !_atEnd)
            {
                // A line that is too long is let go as it passes.
                if (tooLong)
                    _start = _end;
                scanned = _end - _start;
                Fill();
                continue;
            }

            if (lineBreak < 0 && length == 0 && !tooLong)
                return false;
            Line++;
            if (!tooLong)
                line = _buffer.AsSpan(_start, length);
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            _start += lineBreak >= 0 ? length + 1 : length;
            return true;
        }
    }

    public void Dispose() => _file.Dispose();

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _bufferOffset += _start;
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        int read = _file.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
        return !_atEnd;
    }
}
