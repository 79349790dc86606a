namespace LeanTune.Tokenization.Decoders;

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override bool Fuses => true;

    public override DecoderRun Start(DecoderRun next) => new Run(next);

    private sealed class Run(DecoderRun next) : DecoderRun
    {
        private bool _started;

        public override void Push(string text, bool startsToken)
        {
            next.Push(text, startsToken: !_started);
            _started = true;
        }

        public override void Flush() => next.Flush();
    }
}
