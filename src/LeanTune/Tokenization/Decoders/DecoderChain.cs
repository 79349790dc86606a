namespace LeanTune.Tokenization.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderChain(IReadOnlyList<Decoder> decoders) : Decoder
{
    public override bool Fuses => decoders.Any(decoder => decoder.Fuses);

    public override DecoderRun Start(DecoderRun next)
    {
        for (int i = decoders.Count - 1; i >= 0; i--)
            next = decoders[i].Start(next);
        return next;
    }
}
