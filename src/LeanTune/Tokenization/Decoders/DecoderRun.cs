namespace LeanTune.Tokenization.Decoders;

/// <summary>State of one stage in one decoding. Because whole lists and streams go through the same runs, both give the same text.</summary>
internal abstract class DecoderRun
{
    /// <summary>Takes the text of a token, or more of the last token's.</summary>
    /// <param name="text">The text.</param>
    /// <param name="startsToken">False when it continues the last token.</param>
    public abstract void Push(string text, bool startsToken);

    /// <summary>Hands on whatever was held back: no more comes.</summary>
    public abstract void Flush();
}
