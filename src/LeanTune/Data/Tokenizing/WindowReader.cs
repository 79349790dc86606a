namespace LeanTune.Data;

/// <summary>Reads plain text files as one stream of tokens and cuts it into windows.</summary>
/// <remarks>
/// The begin token, when the tokenizer has one, stands before each file, and the end token, when asked for, behind each, unless the text spells it
/// out there. Line breaks and spaces are tokenised as they are. A window may reach from one file into the next.
/// </remarks>
internal sealed class WindowReader(ITextEncoder encoder, int maxLength, bool appendEndToken, Action<string>? notice)
{
    /// <exception cref="DataException">A file is not UTF-8.</exception>
    public List<TokenizedExample> Read(IReadOnlyList<string> files, out DroppedExample? dropped)
    {
        var windows = new WindowCutter(maxLength);
        var encoding = new ChunkedEncoding(encoder);
        foreach (string file in files)
            if (!ReadFile(file, encoding, windows))
                notice?.Invoke($"{file}: is empty and adds nothing");
        return windows.Finish(out dropped);
    }

    private bool ReadFile(string file, ChunkedEncoding encoding, WindowCutter windows)
    {
        using var reader = new Utf8TextReader(file);
        int? last = null;
        int lastLine = 1;
        encoding.Encode(reader.Read, (id, line) =>
        {
            if (last is null && encoder.BeginToken is { } begin && id != begin)
                windows.Add(begin, file, line);
            windows.Add(id, file, line);
            (last, lastLine) = (id, line);
        });
        if (last is not null && appendEndToken && encoder.EndToken is { } end && last != end)
            windows.Add(end, file, lastLine);
        return last is not null;
    }
}
