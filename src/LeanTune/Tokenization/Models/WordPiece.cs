using System.Text;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>BERT's model: takes the longest token that a word begins with, then the longest continuation, and so on; a word that cannot be covered is unknown as a whole.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknownId">Token of unknown words.</param>
/// <param name="prefix">Written before every token but a word's first.</param>
/// <param name="longestWord">Longer words, in code points, are unknown.</param>
internal sealed class WordPiece(Vocabulary vocabulary, int unknownId, string prefix, int longestWord) : TokenModel(vocabulary)
{
    protected override void TokenizePiece(in Piece piece, TokenBuffer output)
    {
        List<(int Id, int Start, int End)> found = [];
        bool covered = piece.Length <= longestWord && TryCover(piece, found);
        if (!covered)
            output.Add(unknownId, piece, 0, piece.Length);
        else
            foreach ((int id, int start, int end) in found)
                output.Add(id, piece, start, end);
    }

    private bool TryCover(in Piece piece, List<(int Id, int Start, int End)> found)
    {
        StringBuilder candidate = new();
        for (int start = 0; start < piece.Length;)
        {
            // Grow to the longest candidate there can be, then shrink to the first that is a token.
            candidate.Clear();
            if (start > 0)
                candidate.Append(prefix);
            int end = start;
            while (end < piece.Length && candidate.Length < Vocabulary.LongestToken)
                candidate.Append(new Rune(piece.CodePointAt(end++)));
            string longest = candidate.ToString();
            int length = longest.Length;
            int id;
            while (!Vocabulary.TryGetId(longest.AsSpan(0, length), out id))
            {
                end--;
                if (end == start)
                    return false;
                length -= piece.CodePointAt(end) > char.MaxValue ? 2 : 1;
            }
            if (end == start)
                return false;
            found.Add((id, start, end));
            start = end;
        }
        return true;
    }
}
