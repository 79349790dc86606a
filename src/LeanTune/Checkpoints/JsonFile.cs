using System.Text.Json;

namespace LeanTune.Checkpoints;

/// <summary>Reads the small JSON files of a hub folder with errors that name file, line and column.</summary>
internal static class JsonFile
{
    /// <summary>A config or an index is far below this; a larger one is not what its name says.</summary>
    private const long MaxBytes = 200_000_000;

    /// <summary>Parses a file whose root is an object; the caller disposes the document.</summary>
    /// <exception cref="CheckpointFormatException">The file is not JSON, or its root is no object.</exception>
    public static JsonDocument Parse(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
            throw new CheckpointFormatException(path, null, $"has {length} bytes; expected a JSON file of at most {MaxBytes}");
        JsonDocument document;
        try
        {
            using FileStream stream = File.OpenRead(path);
            document = JsonDocument.Parse(stream);
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(
                path, $"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}",
                "not valid JSON", error);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        JsonValueKind kind = document.RootElement.ValueKind;
        document.Dispose();
        throw new CheckpointFormatException(path, null, $"must hold a JSON object, holds {kind}");
    }
}
