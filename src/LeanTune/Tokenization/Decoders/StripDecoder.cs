namespace LeanTune.Tokenization.Decoders;

/// <summary>Drops up to so many of one character at the start and at the end of each token.</summary>
/// <param name="content">The character.</param>
/// <param name="start">Most dropped at the start.</param>
/// <param name="stop">Most dropped at the end.</param>
internal sealed class StripDecoder(string content, int start, int stop) : Decoder
{
    public override DecoderRun Start(DecoderRun next) => new Run(next, content, start, stop);

    private sealed class Run(DecoderRun next, string content, int start, int stop) : DecoderRun
    {
        private int _dropsLeft;
        private int _held;
        private bool _startsToken = true;

        public override void Push(string text, bool startsToken)
        {
            if (startsToken)
            {
                _held = 0;
                _dropsLeft = start;
                _startsToken = true;
            }
            while (_dropsLeft > 0 && text.Length > 0)
            {
                if (!text.StartsWith(content, StringComparison.Ordinal))
                {
                    _dropsLeft = 0;
                    break;
                }
                text = text[content.Length..];
                _dropsLeft--;
            }
            if (text.Length > 0)
                HandOn(text);
        }

        public override void Flush() => next.Flush();

        // The last characters that may still turn out to be the token's end are held back.
        private void HandOn(string text)
        {
            for (; _held > 0; _held--)
                text = content + text;
            while (_held < stop && text.EndsWith(content, StringComparison.Ordinal))
            {
                text = text[..^content.Length];
                _held++;
            }
            if (text.Length == 0)
                return;
            next.Push(text, _startsToken);
            _startsToken = false;
        }
    }
}
