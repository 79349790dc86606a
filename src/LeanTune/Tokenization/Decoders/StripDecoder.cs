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
        private int dropsLeft;
        private int held;
        private bool startsToken = true;

        public override void Push(string text, bool startsToken)
        {
            if (startsToken)
            {
                held = 0;
                dropsLeft = start;
                this.startsToken = true;
            }
            while (dropsLeft > 0 && text.Length > 0)
            {
                if (!text.StartsWith(content, StringComparison.Ordinal))
                {
                    dropsLeft = 0;
                    break;
                }
                text = text[content.Length..];
                dropsLeft--;
            }
            if (text.Length > 0)
                HandOn(text);
        }

        public override void Flush() => next.Flush();

        // The last characters that may still turn out to be the token's end are held back.
        private void HandOn(string text)
        {
            for (; held > 0; held--)
                text = content + text;
            while (held < stop && text.EndsWith(content, StringComparison.Ordinal))
            {
                text = text[..^content.Length];
                held++;
            }
            if (text.Length == 0)
                return;
            next.Push(text, startsToken);
            startsToken = false;
        }
    }
}
