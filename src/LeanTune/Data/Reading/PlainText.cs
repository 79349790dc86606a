using System.Text.Unicode;

namespace LeanTune.Data;

/// <summary>Checks that bytes are text.</summary>
internal static class PlainText
{
    /// <exception cref="RecordException">They are not UTF-8, or hold NUL characters, as binary data and UTF-16 do.</exception>
    public static void Require(ReadOnlySpan<byte> text, string where)
    {
        if (!Utf8.IsValid(text))
            throw new RecordException($"expected UTF-8, found an invalid byte at byte {Utf8Text.FirstInvalid(text) + 1} {where}");
        if (text.IndexOf((byte)0) is >= 0 and var at)
            throw new RecordException($"expected text, found a NUL character at byte {at + 1} {where}");
    }

    /// <summary>Whether nothing but white space stands there.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty;
}
