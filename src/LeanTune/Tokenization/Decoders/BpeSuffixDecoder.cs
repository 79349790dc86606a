namespace LeanTune.Tokenization.Decoders;

/// <summary>Turns end-of-word suffixes into spaces, the last token's into nothing; a token is therefore held back until another comes.</summary>
internal sealed class BpeSuffixDecoder(string suffix, bool tokensComeInParts) : Decoder
{
    public override DecoderRun Start(DecoderRun next) => new Run(next, suffix, tokensComeInParts);

    private sealed class Run(DecoderRun next, string suffix, bool tokensComeInParts) : WholeTokenRun(next, tokensComeInParts)
    {
        private string? _held;

        protected override void Take(string text)
        {
            HandOn(" ");
            _held = text;
        }

        protected override void End() => HandOn("");

        private void HandOn(string replacement)
        {
            if (_held is not null)
                Next.Push(_held.Replace(suffix, replacement, StringComparison.Ordinal), startsToken: true);
            _held = null;
        }
    }
}
