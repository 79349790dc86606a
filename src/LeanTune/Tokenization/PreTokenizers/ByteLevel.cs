using LeanTune.Tokenization.Normalizers;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>GPT-2's pre-tokenizer: splits into words with their space before them, and hands on bytes instead of characters.</summary>
/// <param name="addPrefixSpace">Whether each piece gets a space before it, if it has none.</param>
/// <param name="words">The words' pattern, or null not to split.</param>
internal sealed class ByteLevel(bool addPrefixSpace, RegexPattern? words) : PreTokenizer
{
    /// <summary>GPT-2's pattern, in .NET's spelling.</summary>
    public const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    protected override void SplitSpelled(in Piece piece, IPieceSink next)
    {
        // The bytes are spelled as letters as late as possible: a model of bytes never needs the letters.
        Piece bytes = (addPrefixSpace && piece.CodePointAt(0) != ' ' ? Prepend.Before(piece, " ") : piece) with { IsByteLevel = true };
        if (words is null)
            next.Accept(bytes);
        else
            words.SplitIsolated(bytes, next);
    }
}
