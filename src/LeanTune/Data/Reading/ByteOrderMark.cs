namespace LeanTune.Data;

/// <summary>Recognises what stands before the first character of a text file.</summary>
internal static class ByteOrderMark
{
    /// <summary>Bytes to skip at the start of a UTF-8 file: 3 or 0.</summary>
    /// <exception cref="DataException">The mark of UTF-16 stands there.</exception>
    public static int Skip(ReadOnlySpan<byte> start, string path)
    {
        if (start.StartsWith("\uFEFF"u8))
            return 3;
        if (start.Length >= 2 && (start[0], start[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
            throw new DataException($"{path}:1: expected UTF-8, found the byte order mark of UTF-16; save the file as UTF-8");
        return 0;
    }
}
