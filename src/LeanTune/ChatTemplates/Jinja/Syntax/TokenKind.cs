namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Kinds of tokens that the lexer cuts a template into.</summary>
internal enum TokenKind
{
    /// <summary>Text outside all tags, whitespace control applied.</summary>
    Text,

    /// <summary><c>{{</c></summary>
    OutputBegin,

    /// <summary><c>}}</c></summary>
    OutputEnd,

    /// <summary><c>{%</c></summary>
    BlockBegin,

    /// <summary><c>%}</c></summary>
    BlockEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A quoted text, escapes resolved.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction or an exponent.</summary>
    Float,

    /// <summary>An operator, bracket or separator.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}
