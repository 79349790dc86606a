using LeanTune.Tokenization.Decoders;

namespace LeanTune.Tokenization;

/// <summary>Decodes tokens as they are generated: gives text out as soon as it is certain, and never half a character.</summary>
/// <remarks>All pushes and the flush together give exactly what <see cref="Tokenizer.Decode"/> makes of the whole. Not safe for concurrent use.</remarks>
public sealed class StreamingDecoder
{
    private readonly Func<int, string?> textOf;
    private readonly TextCollector collector = new();
    private readonly DecoderRun run;
    private bool isFinished;

    internal StreamingDecoder(Func<int, string?> textOf, Decoders.Decoder decoder)
    {
        this.textOf = textOf;
        run = decoder.Start(collector);
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The text that is now certain; often empty.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Flush"/> was called before.</exception>
    public string Push(int id)
    {
        if (isFinished)
            throw new InvalidOperationException("The streaming decoder was flushed; make a new one for another text.");
        if (textOf(id) is string text)
            run.Push(text, startsToken: true);
        return collector.Take();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>Whatever was held back; bytes that never became a character give U+FFFD, as in whole decoding.</returns>
    public string Flush()
    {
        if (!isFinished)
            run.Flush();
        isFinished = true;
        return collector.Take();
    }
}
