namespace LeanTune.Tokenization.Decoders;

/// <summary>Turns end-of-word suffixes into spaces, the last token's into nothing; a token is therefore held back until another comes.</summary>
internal sealed class BpeSuffixDecoder(string suffix, bool tokensComeInParts) : Decoder
{
    public override DecoderRun Start(DecoderRun next) => new Run(next, suffix, tokensComeInParts);

    private sealed class Run(DecoderRun next, string suffix, bool tokensComeInParts) : WholeTokenRun(next, tokensComeInParts)
    {
        private string? held;

        protected override void Take(string text)
        {
            HandOn(" ");
            held = text;
        }

        protected override void End() => HandOn("");

        private void HandOn(string replacement)
        {
            if (held is not null)
                Next.Push(held.Replace(suffix, replacement, StringComparison.Ordinal), startsToken: true);
            held = null;
        }
    }
}
