namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>A token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text: of a string its content, of a number its digits.</param>
/// <param name="Line">The line that it starts on, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;

    /// <summary>How error messages call it.</summary>
    public string Description => Kind switch
    {
        TokenKind.Text => "text",
        TokenKind.OutputBegin => "'{{'",
        TokenKind.OutputEnd => "the end of the output '}}'",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.BlockEnd => "the end of the tag '%}'",
        TokenKind.String => "a text in quotes",
        TokenKind.End => "the end of the template",
        _ => $"'{(Text.Length <= 40 ? Text : Text[..40] + "…")}'",
    };
}
