using LeanTune.Tokenization.Models;

namespace LeanTune.Tokenization.AddedTokens;

/// <summary>Puts tokens into a tokenizer that its own files do not have: those that an adapter brings along, then new ones, which get the ids from the vocabulary's end on.</summary>
/// <param name="tokens">The tokenizer's added tokens by id; they grow.</param>
/// <param name="vocabulary">The model's own vocabulary.</param>
/// <param name="file">The tokenizer's file, for errors.</param>
internal sealed class TokenAdditions(Dictionary<int, AddedToken> tokens, Vocabulary vocabulary, string file)
{
    private readonly Dictionary<string, int> _ids = tokens.Values.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);

    /// <summary>What came in, in this order: tokens of another tokenizer first; also tokens of the vocabulary that were only made special.</summary>
    public List<AddedToken> All { get; } = [];

    /// <summary>Those of <see cref="AddNew"/> that the vocabulary did not have.</summary>
    public List<SpecialToken> New { get; } = [];

    /// <summary>Takes over the added tokens that another tokenizer has and this one lacks, with their ids.</summary>
    /// <param name="other">That tokenizer's added tokens.</param>
    /// <param name="otherFile">Its file, for errors.</param>
    /// <exception cref="TokenizerFormatException">A token has another id here, or its id is another token's.</exception>
    public void TakeOver(IEnumerable<AddedToken> other, string otherFile)
    {
        foreach (AddedToken token in other.OrderBy(token => token.Id))
        {
            int? known = IdOf(token.Content);
            string? holder = tokens.GetValueOrDefault(token.Id)?.Content ?? vocabulary.TokenOf(token.Id);
            if ((known is { } id && id != token.Id) || (holder is not null && holder != token.Content))
                throw new TokenizerFormatException(otherFile, "$.added_tokens", $"'{token.Content}' has the id {token.Id}, "
                    + (known is not null ? $"but {known} in the model's '{file}'" : $"which is '{holder}' in the model's '{file}'") + ": adapter and model do not belong together");
            if (!tokens.ContainsKey(token.Id))
                Add(token);
        }
    }

    /// <summary>Adds special tokens. One that the vocabulary has keeps its id, and is cut out of texts as a whole from now on.</summary>
    /// <exception cref="TokenizerFormatException">The vocabulary's ids have gaps, so that other engines would give new tokens ids that are taken.</exception>
    public void AddNew(IReadOnlyList<string> contents)
    {
        foreach (string content in contents)
        {
            if (_ids.ContainsKey(content))
                continue;
            int? known = vocabulary.IdOf(content);
            int id = known ?? NextId();
            Add(new AddedToken(id, content, IsSpecial: true, IsSingleWord: false, StripsLeft: false, StripsRight: false, IsNormalized: false));
            if (known is null)
                New.Add(new SpecialToken(content, id));
        }
    }

    private int? IdOf(string content) => _ids.TryGetValue(content, out int id) ? id : vocabulary.IdOf(content);

    private void Add(AddedToken token)
    {
        tokens.Add(token.Id, token);
        _ids.Add(token.Content, token.Id);
        All.Add(token);
    }

    // Hugging Face's engine counts tokens where this one looks for the highest id; it gives the same numbers to all but vocabularies with gaps.
    private int NextId()
    {
        int highest = tokens.Keys.DefaultIfEmpty(-1).Max();
        int theirs = highest >= vocabulary.Count ? highest + 1 : vocabulary.Count;
        int ours = Math.Max(vocabulary.Size, highest + 1);
        return ours == theirs ? ours : throw new TokenizerFormatException(file, "$.model.vocab",
            $"takes no new tokens: its {vocabulary.Count} tokens have ids up to {vocabulary.Size - 1}, and other readers of the file would give a new one the id {theirs}, not {ours}");
    }
}
