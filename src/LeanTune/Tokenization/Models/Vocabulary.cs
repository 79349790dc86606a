namespace LeanTune.Tokenization.Models;

/// <summary>Tokens of a model and their ids, both ways.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string?[] _tokens;

    /// <param name="ids">Id of each token, compared ordinally.</param>
    /// <param name="tokens">Token of each id; null where an id is not used.</param>
    public Vocabulary(Dictionary<string, int> ids, string?[] tokens)
    {
        _tokens = tokens;
        _idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Count = ids.Count;
        foreach (string token in ids.Keys)
            LongestToken = Math.Max(LongestToken, token.Length);
    }

    /// <summary>Highest id + 1.</summary>
    public int Size => _tokens.Length;

    /// <summary>Number of tokens: below <see cref="Size"/> where ids have gaps.</summary>
    public int Count { get; }

    /// <summary>UTF-16 length of the longest token.</summary>
    public int LongestToken { get; }

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public int? IdOf(ReadOnlySpan<char> token) => _idsBySpan.TryGetValue(token, out int id) ? id : null;

    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>Ids of the tokens &lt;0x00&gt; to &lt;0xFF&gt;; null where one is missing.</summary>
    public int?[] ByteTokens() =>
        [.. Enumerable.Range(0, 256).Select(value => IdOf($"<0x{value:X2}>"))];
}
