namespace LeanTune.Tokenization.Decoders;

/// <summary>Rewrites every token by itself, knowing only whether it is the first: Metaspace, WordPiece and Replace decoders.</summary>
internal sealed class TokenMapDecoder(Func<string, bool, string> rewrite, bool tokensComeInParts) : Decoder
{
    public override DecoderRun Start(DecoderRun next) => new Run(next, rewrite, tokensComeInParts);

    private sealed class Run(DecoderRun next, Func<string, bool, string> rewrite, bool tokensComeInParts) : WholeTokenRun(next, tokensComeInParts)
    {
        private bool _isFirst = true;

        protected override void Take(string text)
        {
            Next.Push(rewrite(text, _isFirst), startsToken: true);
            _isFirst = false;
        }
    }
}
