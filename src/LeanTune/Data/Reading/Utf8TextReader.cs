using System.Buffers;
using System.Text.Unicode;

namespace LeanTune.Data;

/// <summary>Reads a plain text file block by block as strict UTF-8; nothing but a byte order mark is taken away.</summary>
internal sealed class Utf8TextReader : IDisposable
{
    private readonly string _path;
    private readonly Stream _file;
    private readonly byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _offset;
    private bool _atEnd;

    public Utf8TextReader(string path)
    {
        _path = path;
        _file = DataFiles.Open(path);
        try
        {
            while (_end < 3 && !_atEnd)
                Fill();
            _start = ByteOrderMark.Skip(_bytes.AsSpan(0, _end), path);
            _offset = _start;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next characters: about as many as asked for, fewer only at the end of the file, none after it. Never half a surrogate pair.</summary>
    /// <exception cref="DataException">The bytes are not UTF-8; names the byte.</exception>
    public string Read(int characters)
    {
        char[] text = new char[characters];
        int filled = 0;
        while (true)
        {
            OperationStatus status = Utf8.ToUtf16(_bytes.AsSpan(_start, _end - _start), text.AsSpan(filled), out int read, out int written,
                replaceInvalidSequences: false, isFinalBlock: _atEnd);
            _start += read;
            _offset += read;
            filled += written;
            if (status == OperationStatus.InvalidData)
                throw new DataException($"{_path}: expected UTF-8, found an invalid byte at byte offset {_offset}");
            if (status == OperationStatus.DestinationTooSmall || filled == text.Length || _atEnd)
                return new string(text, 0, filled);
            Fill();
        }
    }

    public void Dispose() => _file.Dispose();

    private void Fill()
    {
        // At most the start of one character is left over.
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        int read = _file.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        _atEnd = read == 0;
    }
}
