namespace LeanTune.Data;

/// <summary>A file that makes whoever reads on and on behind its end stop: the Parquet library loops for ever there when what stands before a page is damaged.</summary>
internal sealed class EndingStream(FileStream file) : Stream
{
    private const int Patience = 1000;
    private int _readsBehindEnd;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <summary>Forgets earlier reads behind the end.</summary>
    public void Rearm() => _readsBehindEnd = 0;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = file.Read(buffer);
        if (read == 0 && buffer.Length > 0 && ++_readsBehindEnd > Patience)
            throw new EndOfStreamException("the data go on behind the end of the file");
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
