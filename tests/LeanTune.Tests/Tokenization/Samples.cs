using System.Text.Json;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>The tokenizers that tests run on, each loaded once.</summary>
internal static class Samples
{
    private static readonly Dictionary<string, Lazy<Tokenizer>> Loaded = new(StringComparer.Ordinal);

    /// <summary>Tokenizers that the repository holds.</summary>
    public static readonly string[] Trained = ["byte_bpe", "sp_bpe_bytefallback", "unigram", "wordpiece", "bpe_added_template", "llama3_split"];

    /// <summary>Tokenizers of real models, beside the repository.</summary>
    public static readonly string[] Given = ["gpt2-bpe", "qwen3", "smollm2"];

    public static readonly string[] Corpus = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Repository.Fixture("tokenizers/corpus.json")))!;

    public static string PathOf(string name) => name switch
    {
        "gpt2-bpe" or "qwen3" => Repository.SharedOrSkip($"tokenizers/{name}/tokenizer.json"),
        "smollm2" => Repository.SharedOrSkip("models/smollm2-135m-instruct/tokenizer.json"),
        "minilm" => Repository.SharedOrSkip("models/minilm-l6-v2/tokenizer.json"),
        _ => Repository.Fixture($"tokenizers/trained/{name}.json"),
    };

    public static Tokenizer Load(string name)
    {
        string path = PathOf(name);
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(name, out Lazy<Tokenizer>? tokenizer))
                Loaded[name] = tokenizer = new Lazy<Tokenizer>(() => Tokenizer.Load(path));
            return tokenizer.Value;
        }
    }
}
