using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>
/// Cuts a template into tokens: first step of parsing. Text is given out as it will be written: whitespace control is settled here, with
/// trim_blocks (a line break after a tag goes) and lstrip_blocks (blanks before a tag that begins its line go), as chat templates expect.
/// </summary>
internal sealed class Lexer
{
    private readonly TemplateSource _source;
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private readonly TagLexer _tags;
    private int _position;
    // Whether what stands before the position ended with a line break.
    private bool _startsLine = true;

    private Lexer(TemplateSource source)
    {
        _source = source;
        _text = source.Text;
        Lines = new LineCounter(_text);
        _tags = new TagLexer(source, Lines, _tokens);
    }

    private LineCounter Lines { get; }

    /// <exception cref="TemplateException">A tag, comment, text or raw block never ends, or a character has no place in a tag.</exception>
    public static List<Token> Tokenize(TemplateSource source)
    {
        Lexer lexer = new(source);
        while (lexer.ReadTextAndTag())
        {
        }

        return lexer._tokens;
    }

    private bool ReadTextAndTag()
    {
        int tag = FindTag(_position);
        if (tag < 0)
        {
            AddText(_text[_position..]);
            _tokens.Add(new Token(TokenKind.End, "", Lines.At(_text.Length)));
            return false;
        }

        char kind = _text[tag + 1];
        char sign = SignAt(tag + 2);
        AddText(BeforeTag(_text[_position..tag], sign, mayStripLine: kind != '{'));
        int inside = tag + (sign == '\0' ? 2 : 3);
        if (kind == '#')
            SkipComment(tag, inside);
        else if (kind == '%' && RawBodyStart(inside) is >= 0 and var body)
            ReadRaw(tag, body);
        else
            ReadTag(tag, inside, isOutput: kind == '{');
        return true;
    }

    private int FindTag(int from)
    {
        for (int at = from; (at = _text.IndexOf('{', at)) >= 0 && at + 1 < _text.Length; at++)
            if (_text[at + 1] is '{' or '%' or '#')
                return at;
        return -1;
    }

    private char SignAt(int at) => at < _text.Length && _text[at] is '-' or '+' ? _text[at] : '\0';

    private string BeforeTag(string text, char sign, bool mayStripLine)
    {
        if (sign == '-')
            return Whitespace.TrimEnd(text);
        if (sign == '+' || !mayStripLine)
            return text;
        int line = text.LastIndexOf('\n') + 1;
        return (line > 0 || _startsLine) && Whitespace.IsBlank(text.AsSpan(line)) ? text[..line] : text;
    }

    private void SkipComment(int tag, int inside)
    {
        int end = _text.IndexOf("#}", inside, StringComparison.Ordinal);
        if (end < 0)
            throw _source.Error(Lines.At(tag), "the comment that begins here never ends; expected '#}'");
        Close(end + 2, sign: end > inside ? SignAt(end - 1) : '\0', dropsLineBreak: true);
    }

    private void ReadTag(int tag, int inside, bool isOutput)
    {
        _tokens.Add(new Token(isOutput ? TokenKind.OutputBegin : TokenKind.BlockBegin, "", Lines.At(tag)));
        (int end, char sign) = _tags.Read(inside, isOutput, Lines.At(tag));
        Close(end, sign, dropsLineBreak: !isOutput);
    }

    /// <summary>Moves behind a closed tag and the whitespace that goes with it.</summary>
    private void Close(int end, char sign, bool dropsLineBreak)
    {
        _position = end;
        if (sign == '-')
            _position = SkipWhitespace(end);
        else if (sign != '+' && dropsLineBreak && end < _text.Length && _text[end] == '\n')
            _position++;
        _startsLine = _position > end && _text[_position - 1] == '\n';
    }

    /// <summary>Where the body of a raw block starts when the tag whose inside is given opens one, else -1.</summary>
    private int RawBodyStart(int inside)
    {
        int name = SkipWhitespace(inside);
        if (string.CompareOrdinal(_text, name, "raw", 0, 3) != 0)
            return -1;
        int end = SkipWhitespace(name + 3);
        if (string.CompareOrdinal(_text, end, "%}", 0, 2) == 0)
            return end + 2;
        return string.CompareOrdinal(_text, end, "-%}", 0, 3) == 0 ? SkipWhitespace(end + 3) : -1;
    }

    private void ReadRaw(int tag, int body)
    {
        _startsLine = _text[body - 1] == '\n';
        for (int at = body; (at = _text.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            char sign = SignAt(at + 2);
            int name = SkipWhitespace(at + (sign == '\0' ? 2 : 3));
            if (string.CompareOrdinal(_text, name, "endraw", 0, 6) != 0)
                continue;
            int end = SkipWhitespace(name + 6);
            char endSign = SignAt(end);
            if (endSign != '\0')
                end++;
            if (string.CompareOrdinal(_text, end, "%}", 0, 2) != 0)
                continue;
            _position = body;
            AddText(BeforeTag(_text[body..at], sign, mayStripLine: true));
            Close(end + 2, endSign, dropsLineBreak: true);
            return;
        }

        throw _source.Error(Lines.At(tag), "the raw block that begins here never ends; expected '{% endraw %}'");
    }

    private int SkipWhitespace(int at)
    {
        while (at < _text.Length && Whitespace.Is(_text[at]))
            at++;
        return at;
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Text, text, Lines.At(_position)));
    }
}
