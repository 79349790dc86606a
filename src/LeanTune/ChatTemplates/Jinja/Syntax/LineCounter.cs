namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Tells the line of a position; asked in nearly ascending order, it counts each line break about once.</summary>
internal sealed class LineCounter(string text)
{
    private int _position;
    private int _line = 1;

    /// <summary>Line of a position, from 1.</summary>
    public int At(int position)
    {
        if (position < _position)
            _line -= text.AsSpan(position, _position - position).Count('\n');
        else
            _line += text.AsSpan(_position, position - _position).Count('\n');
        _position = position;
        return _line;
    }
}
