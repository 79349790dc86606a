using System.Text;

namespace LeanTune.Cli.Recipes;

/// <summary>Reads a recipe's text from disk, refusing what cannot be one: folders, binary files, huge files, wrong encodings.</summary>
internal static class RecipeFile
{
    /// <summary>Longest recipe that is read.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The file's text.</summary>
    /// <exception cref="RecipeException">There is no such file, or it is no text.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path))
            throw new RecipeException(path, $"is a folder; a recipe is a YAML file{InFolder(path)}");
        if (!File.Exists(path))
            throw new RecipeException(path, $"recipe not found (looked for '{Path.GetFullPath(path)}'){NearbyFile.Hint(path)}");
        try
        {
            return Decode(path, ReadBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(path, $"cannot be read: {e.Message}");
        }
    }

    // At most one byte more than allowed is read, whatever length the file claims: pipes and devices claim none.
    private static byte[] ReadBytes(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] buffer = new byte[MaxBytes + 1];
        int length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > MaxBytes)
            throw new RecipeException(path, "is larger than 1 MiB; this is not a recipe");
        return buffer[..length];
    }

    private static string Decode(string path, byte[] bytes)
    {
        Encoding encoding = bytes switch
        {
            [0xff, 0xfe, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xfe, 0xff, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        };
        string text;
        try
        {
            text = encoding.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            int line = bytes.AsSpan(0, Math.Max(0, e.Index)).Count((byte)'\n') + 1;
            throw new RecipeException($"{path}:{line}", "is not UTF-8 text; save the recipe as UTF-8");
        }
        text = text.TrimStart('\ufeff');
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new RecipeException(path, "holds zero bytes, so it is a binary file or UTF-16 without its mark; save the recipe as UTF-8");
        return text;
    }

    private static string InFolder(string path)
    {
        string[] recipes = Directory.EnumerateFiles(path, "*.yaml").Take(8).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray();
        return recipes.Length == 0 ? "" : $", such as {string.Join(", ", recipes)} in it";
    }
}
