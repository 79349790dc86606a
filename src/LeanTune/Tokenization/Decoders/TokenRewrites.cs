using LeanTune.Tokenization.Normalizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Decoders;

/// <summary>What single decoders do to one token.</summary>
internal static class TokenRewrites
{
    /// <summary>SentencePiece: the visible space becomes a space, or nothing in the first token when encoding put one there.</summary>
    public static Func<string, bool, string> Metaspace(string replacement, bool dropsFirst) =>
        (token, isFirst) => token.Replace(replacement, isFirst && dropsFirst ? "" : " ", StringComparison.Ordinal);

    /// <summary>WordPiece: continuations lose their prefix, other tokens but the first get a space before them.</summary>
    public static Func<string, bool, string> WordPiece(string prefix, bool cleanUp) =>
        (token, isFirst) =>
        {
            if (!isFirst)
                token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            return cleanUp ? CleanUp(token) : token;
        };

    /// <summary>Writes a string in place of every match of a pattern.</summary>
    public static Func<string, bool, string> Replaced(TextPattern pattern, string content) =>
        (token, _) => Replace.In(AlignedText.From(token).AsPiece(), pattern, content)?.AsPiece().ToString() ?? token;

    // Takes back the spaces that splitting put before punctuation and English contractions.
    private static string CleanUp(string token) => token
        .Replace(" .", ".", StringComparison.Ordinal)
        .Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal)
        .Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal)
        .Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal)
        .Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal)
        .Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);
}
