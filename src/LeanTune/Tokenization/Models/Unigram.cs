using System.Text;
using LeanTune.Tokenization.Files;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Models;

/// <summary>SentencePiece's unigram model: of all ways to cut a piece into tokens the one with the highest sum of scores (Viterbi).</summary>
internal sealed class Unigram : TokenModel
{
    // What an unknown character costs beyond the worst token.
    private const double UnknownPenalty = 10.0;
    private const int Root = 0;
    private const int NoToken = -1;
    private readonly double[] _scores;
    private readonly int? _unknownId;
    private readonly JsonNode _source;
    private readonly int?[]? _byteTokens;
    private readonly double _unknownScore;
    private readonly PairTable _edges;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="scores">Score (log probability) of each id.</param>
    /// <param name="unknownId">Token of unknown characters; null when there is none.</param>
    /// <param name="byteFallback">Whether unknown characters are spelled in byte tokens.</param>
    /// <param name="source">Where the model stands in the file, for errors.</param>
    public Unigram(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback, JsonNode source)
        : base(vocabulary)
    {
        _scores = scores;
        _unknownId = unknownId;
        _source = source;
        _byteTokens = byteFallback ? vocabulary.ByteTokens() : null;
        _unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
        _edges = BuildTrie();
    }

    protected override void TokenizePiece(in Piece piece, TokenBuffer output)
    {
        // Walk back from the end; runs of unknown characters become one token.
        Step[] best = BestSteps(piece);
        List<(int Id, int Start, int End)> tokens = [];
        for (int end = piece.Length; end > 0; end = best[end].Start)
        {
            Step step = best[end];
            if (step.Id == _unknownId && tokens.Count > 0 && tokens[^1].Id == _unknownId)
                tokens[^1] = (step.Id, step.Start, tokens[^1].End);
            else
                tokens.Add((step.Id, step.Start, end));
        }
        for (int i = tokens.Count - 1; i >= 0; i--)
        {
            (int id, int start, int end) = tokens[i];
            if (id == _unknownId)
                AddUnknown(piece, start, end, output);
            else
                output.Add(id, piece, start, end);
        }
    }

    private Step[] BestSteps(in Piece piece)
    {
        Step[] best = new Step[piece.Length + 1];
        for (int start = 0; start < piece.Length; start++)
        {
            double reached = best[start].Score;
            bool hasSingle = false;
            int node = Root;
            for (int i = start; i < piece.Length && _edges.TryGet(node, piece.CodePointAt(i), out node, out int id); i++)
            {
                if (id == NoToken)
                    continue;
                Offer(ref best[i + 1], id, start, reached + _scores[id]);
                hasSingle |= i == start;
            }
            if (!hasSingle)
            {
                int id = _unknownId ?? throw _source.Error(".unk_id", "is needed, for a character outside the vocabulary, but missing");
                Offer(ref best[start + 1], id, start, reached + _unknownScore);
            }
        }
        return best;
    }

    private static void Offer(ref Step target, int id, int start, double score)
    {
        if (!target.IsReached || score > target.Score)
            target = new Step(id, start, score, true);
    }

    private void AddUnknown(in Piece piece, int start, int end, TokenBuffer output)
    {
        string text = piece.Slice(start, end).ToString();
        if (Vocabulary.TryGetId(text, out int known))
        {
            output.Add(known, piece, start, end);
            return;
        }
        if (_byteTokens is not null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            if (bytes.All(value => _byteTokens[value] is not null))
            {
                foreach (byte value in bytes)
                    output.Add(_byteTokens[value]!.Value, piece, start, end);
                return;
            }
        }
        output.Add(_unknownId!.Value, piece, start, end);
    }

    // An edge leads to (node, id of the token that ends there).
    private PairTable BuildTrie()
    {
        PairTable trie = new(_scores.Length * 2);
        int nodes = 1;
        for (int id = 0; id < _scores.Length; id++)
        {
            // Of equal tokens the last counts, as in the vocabulary.
            string token = Vocabulary.TokenOf(id)!;
            int last = Vocabulary.IdOf(token)!.Value;
            int node = Root;
            int position = 0;
            foreach (Rune rune in token.EnumerateRunes())
            {
                position += rune.Utf16SequenceLength;
                if (!trie.TryGet(node, rune.Value, out int child, out int ending))
                    (child, ending) = (nodes++, NoToken);
                trie.Set(node, rune.Value, child, position == token.Length ? last : ending);
                node = child;
            }
        }
        return trie;
    }

    /// <summary>The best way to reach a position: by which token, from where, with what sum of scores.</summary>
    private readonly record struct Step(int Id, int Start, double Score, bool IsReached);
}
