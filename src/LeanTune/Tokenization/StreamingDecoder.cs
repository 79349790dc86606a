using LeanTune.Tokenization.Decoders;

namespace LeanTune.Tokenization;

/// <summary>Decodes tokens as they are generated: gives text out as soon as it is certain, and never half a character.</summary>
/// <remarks>All pushes and the flush together give exactly what <see cref="Tokenizer.Decode"/> makes of the whole. Not safe for concurrent use.</remarks>
public sealed class StreamingDecoder
{
    private readonly Func<int, string?> _textOf;
    private readonly TextCollector _collector = new();
    private readonly DecoderRun _run;
    private bool _isFinished;

    internal StreamingDecoder(Func<int, string?> textOf, Decoders.Decoder decoder)
    {
        _textOf = textOf;
        _run = decoder.Start(_collector);
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The text that is now certain; often empty.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Flush"/> was called before.</exception>
    public string Push(int id)
    {
        if (_isFinished)
            throw new InvalidOperationException("The streaming decoder was flushed; make a new one for another text.");
        if (_textOf(id) is string text)
            _run.Push(text, startsToken: true);
        return _collector.Take();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>Whatever was held back; bytes that never became a character give U+FFFD, as in whole decoding.</returns>
    public string Flush()
    {
        if (!_isFinished)
            _run.Flush();
        _isFinished = true;
        return _collector.Take();
    }
}
