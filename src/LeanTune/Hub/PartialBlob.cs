namespace LeanTune.Hub;

/// <summary>A file that is being downloaded, beside the name it will have: it grows at its end, survives the process, and is continued where it ended.</summary>
internal sealed class PartialBlob : IDisposable
{
    /// <summary>What is put behind the name until the file is complete, as the hub's own tools do.</summary>
    public const string Suffix = ".incomplete";

    private readonly string _blob;
    private readonly RemoteFile _file;
    private readonly FileStream _stream;
    private BlobHash _hash;

    /// <summary>Opens what is there of a blob, or begins it.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public PartialBlob(string blob, RemoteFile file)
    {
        (_blob, _file) = (blob, file);
        _stream = new FileStream(blob + Suffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _hash = new BlobHash(file.Hash, file.Size);
        if (_stream.Length > file.Size)
            Restart();
        byte[] buffer = new byte[1 << 16];
        int read;
        while ((read = _stream.Read(buffer)) > 0)
            _hash.Append(buffer.AsSpan(0, read));
    }

    /// <summary>Bytes that are there.</summary>
    public long Length => _stream.Position;

    /// <summary>How much of a blob an earlier download left.</summary>
    public static long LengthOf(string blob) => new FileInfo(blob + Suffix) is { Exists: true } partial ? partial.Length : 0;

    /// <summary>Adds what came next.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash.Append(bytes);
    }

    /// <summary>Throws away what is there.</summary>
    public void Restart()
    {
        _stream.SetLength(0);
        _stream.Position = 0;
        _hash.Dispose();
        _hash = new BlobHash(_file.Hash, _file.Size);
    }

    /// <summary>Gives a complete file its name, if its hash is right.</summary>
    /// <returns>False when it is another hash: nothing is kept of the file.</returns>
    public bool TryComplete()
    {
        if (_hash.Finish() != _file.Hash)
        {
            Restart();
            return false;
        }

        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_blob + Suffix, _blob, overwrite: true);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }
}
