namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>The tokens of a template, read one after the other by the parsers.</summary>
internal sealed class TokenStream(TemplateSource source, List<Token> tokens)
{
    /// <summary>More levels than any template has, and few enough for any stack.</summary>
    private const int DeepestNesting = 200;

    private int _position;
    private int _depth;

    public Token Current => tokens[_position];

    public Token Ahead => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public Token Take()
    {
        Token token = Current;
        if (token.Kind != TokenKind.End)
            _position++;
        return token;
    }

    public bool SkipOperator(string text)
    {
        bool found = Current.IsOperator(text);
        if (found)
            _position++;
        return found;
    }

    public bool SkipName(string text)
    {
        bool found = Current.IsName(text);
        if (found)
            _position++;
        return found;
    }

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
            throw Unexpected($"'{text}'");
    }

    public string ExpectName(string what) => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected(what);

    public void Expect(TokenKind kind)
    {
        if (Current.Kind != kind)
            throw Unexpected(new Token(kind, "", 0).Description);
        Take();
    }

    /// <summary>Enters a nested expression or block; <see cref="Leave"/> ends it.</summary>
    public void Enter()
    {
        if (++_depth > DeepestNesting)
            throw Error(Line, $"expressions and blocks are nested more than {DeepestNesting} deep");
    }

    public void Leave() => _depth--;

    public TemplateException Unexpected(string expected) => Error(Line, $"expected {expected}, found {Current.Description}");

    public TemplateException Error(int line, string problem) => source.Error(line, problem);
}
