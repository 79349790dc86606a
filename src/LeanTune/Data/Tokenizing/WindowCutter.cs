namespace LeanTune.Data;

/// <summary>Cuts a stream of tokens into windows of one length; every token but a window's first is a target.</summary>
internal sealed class WindowCutter(int length)
{
    private readonly List<TokenizedExample> _windows = [];
    private readonly int[] _ids = new int[length];
    private readonly bool[] _supervised = AllButFirst(length);
    private int _filled;
    private string _source = "";
    private int _line;

    /// <summary>Adds the next token of the stream.</summary>
    public void Add(int id, string source, int line)
    {
        if (_filled == 0)
            (_source, _line) = (source, line);
        _ids[_filled++] = id;
        if (_filled == length)
            Cut();
    }

    /// <summary>Ends the stream: the last window may be shorter, and is dropped when it holds a single token, which nothing predicts.</summary>
    public List<TokenizedExample> Finish(out DroppedExample? dropped)
    {
        dropped = _filled == 1 ? new DroppedExample(new RecordPlace(_source, _line), 1) : null;
        if (_filled > 1)
            Cut();
        return _windows;
    }

    private void Cut()
    {
        bool[] supervised = _filled == length ? _supervised : AllButFirst(_filled);
        _windows.Add(new TokenizedExample(_ids[.._filled], supervised, _source, _line));
        _filled = 0;
    }

    private static bool[] AllButFirst(int count)
    {
        bool[] all = new bool[count];
        all.AsSpan(1).Fill(true);
        return all;
    }
}
