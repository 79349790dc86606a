using System.IO.Compression;

namespace LeanTune.Data;

/// <summary>What a gzip file, of one member or several, decompresses to; damage, and an end that comes too soon, are errors that name the file.</summary>
/// <remarks>
/// The framework's stream takes a file that is cut off for one that ends. So a member of our own is appended to what it reads: only when the file's last member is whole
/// do its bytes come out at the end, where they are taken away.
/// </remarks>
internal sealed class GunzipStream : Stream
{
    private static readonly byte[] EndMark = "LeanTune: the end"u8.ToArray();
    private static readonly byte[] EndMember = Compress(EndMark);

    private readonly string _path;
    private readonly GZipStream _gzip;
    private readonly byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _position;
    private bool _ended;

    /// <summary>Takes over the file.</summary>
    public GunzipStream(string path, FileStream file)
    {
        _path = path;
        _gzip = new GZipStream(new Appended(file), CompressionMode.Decompress);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (!_ended && _end - _start <= EndMark.Length)
            Fill();
        int ready = _end - _start - (_ended ? 0 : EndMark.Length);
        int given = Math.Min(ready, buffer.Length);
        _bytes.AsSpan(_start, given).CopyTo(buffer);
        _start += given;
        _position += given;
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        int read;
        try
        {
            read = _gzip.Read(_bytes, _end, _bytes.Length - _end);
        }
        catch (InvalidDataException cause)
        {
            throw Damaged(cause);
        }

        _end += read;
        _ended = read == 0;
        if (!_ended)
            return;
        if (!_bytes.AsSpan(0, _end).EndsWith(EndMark))
            throw Damaged(null);
        _end -= EndMark.Length;
    }

    private DataException Damaged(InvalidDataException? cause)
    {
        string message = $"{_path}: the gzip data are damaged or cut off after {_position} decompressed bytes";
        return cause is null ? new DataException(message) : new DataException(message, cause);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>The file, and the member of our own behind it.</summary>
    private sealed class Appended(FileStream file) : Stream
    {
        private int _appended;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = _appended == 0 ? file.Read(buffer) : 0;
            if (read > 0)
                return read;
            read = Math.Min(buffer.Length, EndMember.Length - _appended);
            EndMember.AsSpan(_appended, read).CopyTo(buffer);
            _appended += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
