using System.Text;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Decoders;

/// <summary>Turns byte letters back into bytes and those into text; a character's bytes are held back until it is whole. A token with other characters is taken as it is.</summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override bool Fuses => true;

    public override DecoderRun Start(DecoderRun next) => new Run(next);

    private sealed class Run(DecoderRun next) : DecoderRun
    {
        private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();
        private bool _started;

        public override void Push(string text, bool startsToken)
        {
            byte[] bytes = new byte[text.Length];
            for (int i = 0; i < bytes.Length; i++)
                if (!ByteLetters.TryGetByte(text[i], out bytes[i]))
                {
                    bytes = Encoding.UTF8.GetBytes(text);
                    break;
                }
            HandOn(bytes, flush: false);
        }

        public override void Flush()
        {
            HandOn([], flush: true);
            next.Flush();
        }

        private void HandOn(byte[] bytes, bool flush)
        {
            char[] decoded = new char[_utf8.GetCharCount(bytes, flush)];
            int count = _utf8.GetChars(bytes, decoded, flush);
            if (count == 0)
                return;
            next.Push(new string(decoded, 0, count), startsToken: !_started);
            _started = true;
        }
    }
}
