using System.Buffers;
using System.Text;

namespace LeanTune.Data;

/// <summary>Looks for the place where bytes stop being UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>Index of the first byte that belongs to no valid sequence, or −1.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) != OperationStatus.Done)
                return at;
            at += length;
        }

        return -1;
    }
}
