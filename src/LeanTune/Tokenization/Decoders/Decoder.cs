namespace LeanTune.Tokenization.Decoders;

/// <summary>A stage of decoding: turns the texts of tokens into text. Holds the settings; a <see cref="DecoderRun"/> holds the state of one decoding.</summary>
internal abstract class Decoder
{
    /// <summary>Whether all that comes out is one token, so that what follows cannot wait for a token's end.</summary>
    public virtual bool Fuses => false;

    /// <summary>Starts decoding one list of tokens.</summary>
    /// <param name="next">Receives what comes out.</param>
    public abstract DecoderRun Start(DecoderRun next);
}
