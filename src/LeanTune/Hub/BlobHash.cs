using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LeanTune.Hub;

/// <summary>Computes the hash that the hub names a file by, as its bytes come: SHA-256 for large files, git's for the others.</summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash _hash;

    /// <summary>Starts the kind of hash that an expected one is of.</summary>
    /// <param name="expected">40 or 64 hexadecimal digits.</param>
    /// <param name="size">Bytes of the whole file, which git's hash begins with.</param>
    public BlobHash(string expected, long size)
    {
        bool git = expected.Length == 40;
        _hash = IncrementalHash.CreateHash(git ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (git)
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
    }

    /// <summary>Whether a text is a hash of one of the two kinds.</summary>
    public static bool IsKnown(string hash) => hash.Length is 40 or 64 && hash.All(char.IsAsciiHexDigitLower);

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The hash of everything so far, in lower case.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
