using System.Globalization;
using System.Text;

namespace LeanTune.Tokenization.Decoders;

/// <summary>Turns each run of byte tokens such as &lt;0xE2&gt; into its text; if the run is not valid UTF-8, into one U+FFFD a byte.</summary>
internal sealed class ByteFallbackDecoder(bool tokensComeInParts) : Decoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override DecoderRun Start(DecoderRun next) => new Run(next, tokensComeInParts);

    private sealed class Run(DecoderRun next, bool tokensComeInParts) : WholeTokenRun(next, tokensComeInParts)
    {
        private readonly List<byte> _bytes = [];

        protected override void Take(string text)
        {
            if (TryByte(text, out byte value))
            {
                _bytes.Add(value);
                return;
            }
            End();
            Next.Push(text, startsToken: true);
        }

        protected override void End()
        {
            if (_bytes.Count == 0)
                return;
            try
            {
                Next.Push(Strict.GetString([.. _bytes]), startsToken: true);
            }
            catch (DecoderFallbackException)
            {
                for (int i = 0; i < _bytes.Count; i++)
                    Next.Push("\uFFFD", startsToken: true);
            }
            _bytes.Clear();
        }

        private static bool TryByte(string text, out byte value)
        {
            value = 0;
            return text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
                && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }
    }
}
