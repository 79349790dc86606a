using System.Text.Json;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Benchmarks.Training;

/// <summary>GSM8K's own file, a question and an answer a line, as the recorded fine-tuning saw it: SmolLM2's chat template, loss on the answer and its end.</summary>
internal sealed class WordProblems
{
    private const string Before =
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\n";

    private const string Between = "<|im_end|>\n<|im_start|>assistant\n", After = "<|im_end|>";

    private readonly string _path;
    private readonly string[] _lines;
    private readonly Tokenizer _tokenizer;

    /// <summary>Reads the file.</summary>
    /// <param name="path">train.jsonl.</param>
    /// <param name="tokenizer">The model's.</param>
    public WordProblems(string path, Tokenizer tokenizer) => (_path, _lines, _tokenizer) = (path, File.ReadAllLines(path), tokenizer);

    /// <summary>How many problems there are.</summary>
    public int Count => _lines.Length;

    /// <summary>A problem, cut at the end.</summary>
    /// <param name="line">From 1.</param>
    /// <param name="longest">Most tokens.</param>
    /// <returns>Null when nothing of the answer is left.</returns>
    public TokenizedExample? Read(int line, int longest)
    {
        using JsonDocument json = JsonDocument.Parse(_lines[line - 1]);
        string prompt = Before + json.RootElement.GetProperty("question").GetString() + Between;
        int[] asked = _tokenizer.Encode(prompt, addSpecialTokens: false).Ids;
        int[] all = _tokenizer.Encode(prompt + json.RootElement.GetProperty("answer").GetString() + After, addSpecialTokens: false).Ids;
        if (!all.AsSpan().StartsWith(asked)) return null;
        int length = Math.Min(all.Length, longest);
        return length <= asked.Length ? null : new TokenizedExample(all[..length], [.. Enumerable.Range(0, length).Select(t => t >= asked.Length)], _path, line);
    }

    /// <summary>Makes sure that this file, tokenizer and template give the recorded examples.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void RequireSame(IEnumerable<TokenizedExample> recorded, int longest)
    {
        foreach (TokenizedExample example in recorded)
            if (example.Line > Count || Read(example.Line, longest) is not { } read || !read.Ids.AsSpan().SequenceEqual(example.Ids))
                throw new ArgumentException($"{_path}: line {example.Line} does not give the recorded example: another file, or another model's tokenizer.");
    }
}
