using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Finds out how a file's records are written down: from its name, and from what it begins with.</summary>
internal static class FileKinds
{
    private const int Looked = 1 << 16;

    /// <exception cref="DataException">Neither name nor content tell.</exception>
    public static FileKind Detect(string path)
    {
        byte[] start = Start(path, out bool whole);
        string extension = DataFiles.Extension(path);
        ReadOnlySpan<byte> text = start;
        if (text.StartsWith("PAR1"u8))
            return FileKind.Parquet;
        text = (text.StartsWith("\uFEFF"u8) ? text[3..] : text).TrimStart(" \t\r\n"u8);
        bool json = text is [(byte)'[' or (byte)'{', ..];
        return extension switch
        {
            ".csv" => FileKind.Csv,
            ".tsv" => FileKind.Tsv,
            ".parquet" => FileKind.Parquet,
            ".txt" => FileKind.Text,
            ".json" => json && HoldsLines(text, whole) ? FileKind.JsonLines : FileKind.Json,
            ".jsonl" or ".ndjson" => BeginsArrayOfObjects(text) ? FileKind.Json : FileKind.JsonLines,
            _ when json => BeginsArrayOfObjects(text) || !(HoldsLines(text, whole) || IsOneObject(text, whole)) ? FileKind.Json : FileKind.JsonLines,
            _ => throw new DataException($"{path}: expected a .jsonl, .json, .csv, .tsv, .parquet or .txt file, also with .gz, or a folder of them; for another extension set the kind of file"),
        };
    }

    private static byte[] Start(string path, out bool whole)
    {
        using Stream file = DataFiles.Open(path);
        byte[] start = new byte[Looked];
        int read = file.ReadAtLeast(start, Looked, throwOnEndOfStream: false);
        whole = read < Looked;
        return start[..read];
    }

    private static bool BeginsArrayOfObjects(ReadOnlySpan<byte> text) =>
        text is [(byte)'[', ..] && text[1..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    /// <summary>Whether the first line is an object by itself and another line follows.</summary>
    private static bool HoldsLines(ReadOnlySpan<byte> text, bool whole)
    {
        int lineBreak = text.IndexOf((byte)'\n');
        return lineBreak > 0 && IsObject(text[..lineBreak]) && (!whole || !text[lineBreak..].Trim(" \t\r\n"u8).IsEmpty);
    }

    private static bool IsOneObject(ReadOnlySpan<byte> text, bool whole) => whole && !text.TrimEnd(" \t\r\n"u8).Contains((byte)'\n') && IsObject(text);

    private static bool IsObject(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonElement.Parse(text).ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
