using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>An example as the model sees it, as text: decoded from its tokens, special ones spelt out, cut where the run cuts it.</summary>
/// <param name="Place">Where it was read.</param>
/// <param name="Tokens">Tokens that the model sees.</param>
/// <param name="FullTokens">Tokens before it was cut.</param>
/// <param name="SupervisedTokens">Tokens that are targets.</param>
/// <param name="Pieces">The text, divided where targets begin and end.</param>
public sealed record ShownExample(RecordPlace Place, int Tokens, int FullTokens, int SupervisedTokens, IReadOnlyList<ShownPiece> Pieces)
{
    /// <summary>Decodes an example.</summary>
    internal static ShownExample Of(TokenizedExample example, Tokenizer tokenizer)
    {
        var pieces = new List<ShownPiece>();
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: false);
        for (int t = 0; t < example.Ids.Length; t++)
            Add(decoder.Push(example.Ids[t]), example.Supervised[t]);
        Add(decoder.Flush(), example.Supervised[^1]);
        return new ShownExample(new RecordPlace(example.Source, example.Line), example.Ids.Length, example.FullLength, example.Supervised.Count(s => s), pieces);

        void Add(string text, bool trained)
        {
            if (text.Length == 0)
                return;
            if (pieces is [.., var last] && last.Trained == trained)
                pieces[^1] = last with { Text = last.Text + text };
            else
                pieces.Add(new ShownPiece(text, trained));
        }
    }
}
