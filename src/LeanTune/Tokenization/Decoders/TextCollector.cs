using System.Text;

namespace LeanTune.Tokenization.Decoders;

/// <summary>The end of a decoding: collects the text until it is taken.</summary>
internal sealed class TextCollector : DecoderRun
{
    private readonly StringBuilder _text = new();

    public override void Push(string text, bool startsToken) => _text.Append(text);

    public override void Flush()
    {
    }

    /// <summary>The text since the last call.</summary>
    public string Take()
    {
        string taken = _text.ToString();
        _text.Clear();
        return taken;
    }
}
