using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LeanTune.Tokenization;
using LeanTune.Tokenization.AddedTokens;

namespace LeanTune.Data;

/// <summary>What the tokens of a source depend on, as one SHA-256: the bytes of its files, those of the model's tokenizer and template, every option, and this very build.</summary>
/// <remarks>Files are read whole each time. Their size and time of change would be quicker to ask for, but do not tell: a file restored or written within a clock's tick keeps both.</remarks>
internal sealed class TokenCacheKey
{
    private const string AsksForTheDate = "strftime_now";

    private readonly byte[] _common;

    /// <summary>Takes in what all sources of a run have in common.</summary>
    /// <param name="modelFolder">Where tokenizer, special tokens and template lie.</param>
    /// <param name="data">Options of the run's examples.</param>
    /// <param name="tokenizer">The run's tokenizer, where it may have tokens beyond those of its files.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public TokenCacheKey(string modelFolder, DataOptions data, Tokenizer? tokenizer = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, typeof(TokenCacheKey).Assembly.ManifestModule.ModuleVersionId.ToString(), Environment.Version.ToString());
        Add(hash, string.Create(CultureInfo.InvariantCulture, $"{data.MaxLength} {data.AppendEndToken} {data.AssistantTurns}"));
        foreach (AddedToken token in tokenizer?.Additions ?? [])
            Add(hash, token.ToString());
        bool dated = false;
        foreach (string file in ModelFiles(modelFolder).Concat(data.ChatTemplate is { } template ? [template] : Array.Empty<string>()))
        {
            byte[] content = File.ReadAllBytes(file);
            Add(hash, Path.GetFileName(file), Convert.ToHexString(SHA256.HashData(content)));
            dated |= content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(AsksForTheDate)) >= 0;
        }

        if (dated) // such a template writes another text tomorrow
            Add(hash, DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        _common = hash.GetHashAndReset();
    }

    /// <summary>The key of a source, and the bytes of its files.</summary>
    /// <exception cref="DataException">Nothing is at the source's path.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public (string Key, long Bytes) Of(DataSource source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_common);
        // Every option of the source but its weight, new ones included; what is said of other files in a folder belongs to it too.
        Add(hash, JsonSerializer.Serialize(source with { Weight = 1 }));
        long bytes = 0;
        foreach (string file in DataFiles.Find(source.Path, textOnly: source.Format == DataFormat.Windows, said => Add(hash, said)).Concat(source.Beside))
        {
            using FileStream stream = DataFiles.OpenPlain(file);
            Add(hash, file, Convert.ToHexString(SHA256.HashData(stream)));
            bytes += stream.Length;
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    private static IEnumerable<string> ModelFiles(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.Exists(Path.Combine(folder, "additional_chat_templates")) ? Directory.EnumerateFiles(Path.Combine(folder, "additional_chat_templates")) : [])
            .Where(file => Path.GetExtension(file) is ".json" or ".jinja").Order(StringComparer.Ordinal);

    private static void Add(IncrementalHash hash, params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
    }
}
