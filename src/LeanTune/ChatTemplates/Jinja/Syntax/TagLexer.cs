using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Cuts the inside of one tag into names, numbers, texts and operators.</summary>
internal sealed class TagLexer(TemplateSource source, LineCounter lines, List<Token> tokens)
{
    private static readonly string[] s_longOperators = ["**", "//", "==", "!=", "<=", ">="];
    private readonly string _text = source.Text;
    private readonly Stack<char> _open = [];

    /// <summary>Reads up to the end of the tag, outside of brackets, and adds the end's token.</summary>
    /// <returns>The position behind the end, and its whitespace sign ('\0' for none).</returns>
    public (int End, char Sign) Read(int at, bool isOutput, int tagLine)
    {
        _open.Clear();
        string close = isOutput ? "}}" : "%}";
        while (true)
        {
            while (at < _text.Length && Whitespace.Is(_text[at]))
                at++;
            if (at >= _text.Length)
                throw source.Error(tagLine, $"the tag that begins here never ends; expected '{close}'{(_open.Count > 0 ? $" after '{_open.Peek()}' is closed" : "")}");
            if (_open.Count == 0 && EndSign(at, close, isOutput) is char sign)
            {
                tokens.Add(new Token(isOutput ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", lines.At(at)));
                return (at + close.Length + (sign == '\0' ? 0 : 1), sign);
            }

            at = ReadToken(at);
        }
    }

    private char? EndSign(int at, string close, bool isOutput)
    {
        if (string.CompareOrdinal(_text, at, close, 0, 2) == 0)
            return '\0';
        bool hasSign = _text[at] == '-' || (_text[at] == '+' && !isOutput);
        return hasSign && string.CompareOrdinal(_text, at + 1, close, 0, 2) == 0 ? _text[at] : null;
    }

    private int ReadToken(int at)
    {
        char first = _text[at];
        if (first is '"' or '\'')
            return ReadString(at);
        if (char.IsAsciiDigit(first))
            return ReadNumber(at);
        if (IsNamePart(first))
        {
            int end = at + 1;
            while (end < _text.Length && IsNamePart(_text[end]))
                end++;
            return Add(TokenKind.Name, at, end);
        }

        foreach (string symbol in s_longOperators)
            if (string.CompareOrdinal(_text, at, symbol, 0, 2) == 0)
                return Add(TokenKind.Operator, at, at + 2);
        if (!"+-/*%~[](){}><=.:|,;".Contains(first))
            throw source.Error(lines.At(at), $"the character {(char.IsControl(first) || char.IsSurrogate(first) ? $"U+{(int)first:X4}" : $"'{first}'")} has no place in a tag");
        Balance(first, at);
        return Add(TokenKind.Operator, at, at + 1);
    }

    private void Balance(char symbol, int at)
    {
        if (symbol is '(' or '[' or '{')
        {
            _open.Push(symbol);
        }
        else if (symbol is ')' or ']' or '}')
        {
            char expected = !_open.TryPop(out char opened) ? '\0' : opened switch { '(' => ')', '[' => ']', _ => '}' };
            if (expected != symbol)
                throw source.Error(lines.At(at), expected == '\0' ? $"'{symbol}' closes nothing" : $"'{symbol}' closes '{opened}'; expected '{expected}'");
        }
    }

    private int ReadString(int at)
    {
        int end = at + 1;
        while (end < _text.Length && _text[end] != _text[at])
            end += _text[end] == '\\' ? 2 : 1;
        if (end >= _text.Length)
            throw source.Error(lines.At(at), $"the text that begins here never ends; expected {_text[at]}");
        if (StringEscapes.TryResolve(_text.AsSpan(at + 1, end - at - 1)) is not string content)
            throw source.Error(lines.At(at), "the text that begins here has a broken escape; expected \\xHH, \\uHHHH or \\UHHHHHHHH");
        tokens.Add(new Token(TokenKind.String, content, lines.At(at)));
        return end + 1;
    }

    private int ReadNumber(int at)
    {
        if (_text[at] == '0' && at + 1 < _text.Length && char.ToLowerInvariant(_text[at + 1]) is 'x' or 'o' or 'b')
        {
            int digits = at + 2;
            while (digits < _text.Length && (char.IsAsciiHexDigit(_text[digits]) || _text[digits] == '_'))
                digits++;
            return Add(TokenKind.Integer, at, digits);
        }

        int end = SkipDigits(at);
        // In x.0.1 the digits are two indices.
        if (at > 0 && _text[at - 1] == '.')
            return Add(TokenKind.Integer, at, end);
        bool isFloat = false;
        if (end + 1 < _text.Length && _text[end] == '.' && char.IsAsciiDigit(_text[end + 1]))
            (end, isFloat) = (SkipDigits(end + 1), true);
        if (end < _text.Length && _text[end] is 'e' or 'E')
        {
            int exponent = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (exponent < _text.Length && char.IsAsciiDigit(_text[exponent]))
                (end, isFloat) = (SkipDigits(exponent), true);
        }

        return Add(isFloat ? TokenKind.Float : TokenKind.Integer, at, end);
    }

    private int SkipDigits(int at)
    {
        while (at < _text.Length && (char.IsAsciiDigit(_text[at]) || (_text[at] == '_' && at + 1 < _text.Length && char.IsAsciiDigit(_text[at + 1]))))
            at++;
        return at;
    }

    private int Add(TokenKind kind, int start, int end)
    {
        tokens.Add(new Token(kind, _text[start..end], lines.At(start)));
        return end;
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
