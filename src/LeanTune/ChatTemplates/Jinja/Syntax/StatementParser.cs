using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Statements;
using LeanTune.Checkpoints;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Parses a template: text, outputs and statements, down to the expressions within them.</summary>
internal sealed class StatementParser
{
    private static readonly string[] s_tags =
        ["if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall", "filter", "endfilter",
         "break", "continue", "generation", "endgeneration", "raw", "endraw", "with", "endwith"];

    private readonly TokenStream _tokens;
    private readonly ParserState _state = new();
    private readonly ExpressionParser _expressions;
    private readonly TargetParser _targets;
    private int _loops;

    private StatementParser(TemplateSource source)
    {
        _tokens = new TokenStream(source, Lexer.Tokenize(source));
        _expressions = new ExpressionParser(_tokens, _state);
        _targets = new TargetParser(_tokens, _state);
    }

    /// <exception cref="TemplateException">The text is no template that this engine knows.</exception>
    public static ParsedTemplate Parse(TemplateSource source)
    {
        StatementParser parser = new(source);
        Block body = parser.ParseBlock(null, 0);
        return new ParsedTemplate(body, parser._state.Names, parser._state.Literals, parser._state.HasGenerationBlocks);
    }

    /// <summary>Parses up to the tag that ends the block, and stops at that tag's name.</summary>
    private Block ParseBlock(string? opened, int line, params ReadOnlySpan<string> ends)
    {
        _tokens.Enter();
        List<Statement> statements = [];
        while (true)
        {
            Token token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    _state.Literals.Add(token.Text);
                    statements.Add(new PlainText(token.Text));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new Output(_expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.OutputEnd);
                    break;
                case TokenKind.BlockBegin when _tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text):
                    _tokens.Leave();
                    return new Block([.. statements]);
                case TokenKind.BlockBegin:
                    statements.Add(ParseStatement(opened, line, ends));
                    _tokens.Expect(TokenKind.BlockEnd);
                    break;
                default:
                    if (opened is not null)
                        throw _tokens.Error(line, $"the block '{opened}' that begins here never ends; expected {Names(ends)}");
                    _tokens.Leave();
                    return new Block([.. statements]);
            }
        }
    }

    // Parses one statement up to the end of its last tag.
    private Statement ParseStatement(string? opened, int openedLine, ReadOnlySpan<string> ends)
    {
        int line = _tokens.Line;
        string tag = _tokens.ExpectName("the name of a tag");
        return tag switch
        {
            "if" => ParseIf(line),
            "for" => ParseFor(line),
            "set" => ParseSet(line),
            "macro" => ParseMacro(line),
            "call" => ParseCall(line),
            "filter" => new FilterBlock(ParseFilters(), ParseBody("filter", line)),
            "generation" => ParseGeneration(line),
            "with" => ParseWith(line),
            "break" or "continue" when _loops > 0 => new Jump(tag == "break" ? Flow.Break : Flow.Continue),
            "break" or "continue" => throw _tokens.Error(line, $"'{tag}' stands outside of any loop"),
            "include" or "import" or "from" or "extends" or "block" =>
                throw _tokens.Error(line, $"the tag '{tag}' is not for chat templates: a chat template is complete in itself"),
            "autoescape" or "trans" or "do" or "print" => throw _tokens.Error(line, $"the tag '{tag}' is not for chat templates"),
            _ when s_tags.Contains(tag) => throw _tokens.Error(line, opened is null
                ? $"'{tag}' closes or continues nothing here"
                : $"'{tag}' does not fit the block '{opened}' of line {openedLine}; expected {Names(ends)}"),
            _ => throw _tokens.Error(line, $"there is no tag '{Shorten(tag)}'{NearestName.Hint(Shorten(tag), s_tags)}"),
        };
    }

    private If ParseIf(int line)
    {
        List<(Expression, Block)> branches = [];
        string tag;
        do
        {
            Expression condition = _expressions.ParseTuple(mayBeConditional: false);
            _tokens.Expect(TokenKind.BlockEnd);
            branches.Add((condition, ParseBlock("if", line, "elif", "else", "endif")));
            tag = _tokens.Take().Text;
        }
        while (tag == "elif");
        return new If([.. branches], tag == "else" ? ParseBody("if", line) : null);
    }

    private For ParseFor(int line)
    {
        Target target = _targets.ParseLoopTarget();
        if (!_tokens.SkipName("in"))
            throw _tokens.Unexpected("'in'");
        Expression items = _expressions.ParseTuple(mayBeConditional: false);
        Expression? condition = _tokens.SkipName("if") ? _expressions.Parse() : null;
        bool isRecursive = _tokens.SkipName("recursive");
        _tokens.Expect(TokenKind.BlockEnd);
        _loops++;
        Block body = ParseBlock("for", line, "else", "endfor");
        _loops--;
        Block? other = _tokens.Take().Text == "else" ? ParseBody("for", line) : null;
        return new For(target, items, condition, body, other, _state.Names.Intern("loop"), isRecursive);
    }

    private Statement ParseSet(int line)
    {
        Target target = _targets.ParseSetTarget();
        if (_tokens.SkipOperator("="))
            return new Set(target, _expressions.ParseTuple());
        FilterStep[] filters = _tokens.SkipOperator("|") ? ParseFilters() : [];
        return new SetBlock(line, target, filters, ParseBody("set", line));
    }

    private MacroStatement ParseMacro(int line)
    {
        string name = _tokens.ExpectName("the name of a macro");
        return new MacroStatement(_state.Names.Intern(name), ParseDefinition(name, "macro", line, ParseParameters()));
    }

    private CallBlock ParseCall(int line)
    {
        MacroParameter[] parameters = _tokens.Current.IsOperator("(") ? ParseParameters() : [];
        if (_expressions.Operands.Parse() is not Call call)
            throw _tokens.Error(line, "a call block needs a call of a macro, as in {% call name() %}");
        return new CallBlock(call, ParseDefinition("caller", "call", line, parameters));
    }

    private MacroDefinition ParseDefinition(string name, string tag, int line, MacroParameter[] parameters)
    {
        int loops = _loops;
        _loops = 0;
        _state.BeginMacro();
        Block body = ParseBody(tag, line);
        Func<string, int?> used = _state.EndMacro();
        _loops = loops;
        int? Implicit(string implied) => Array.Exists(parameters, parameter => parameter.Text == implied) ? null : used(implied);
        return new MacroDefinition(name, parameters, body, Implicit("varargs"), Implicit("kwargs"), Implicit("caller"));
    }

    private MacroParameter[] ParseParameters()
    {
        List<MacroParameter> parameters = [];
        _tokens.ExpectOperator("(");
        while (!_tokens.SkipOperator(")"))
        {
            string name = _tokens.ExpectName("the name of a parameter");
            Expression? fallback = _tokens.SkipOperator("=") ? _expressions.Parse() : null;
            if (fallback is null && parameters is [.., { Default: not null }])
                throw _tokens.Error(_tokens.Line, $"the parameter '{name}' needs a default, as the one before it has one");
            parameters.Add(new MacroParameter(_state.Names.Intern(name), name, fallback));
            if (!_tokens.Current.IsOperator(")"))
                _tokens.ExpectOperator(",");
        }

        return [.. parameters];
    }

    private GenerationBlock ParseGeneration(int line)
    {
        _state.HasGenerationBlocks = true;
        return new GenerationBlock(ParseBody("generation", line));
    }

    private With ParseWith(int line)
    {
        List<(Target, Expression)> variables = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
                _tokens.ExpectOperator(",");
            Target target = _targets.ParseSetTarget();
            _tokens.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }

        return new With([.. variables], ParseBody("with", line));
    }

    private FilterStep[] ParseFilters()
    {
        List<FilterStep> steps = [];
        do
        {
            (int line, Builtins.Filter filter, ArgumentList arguments) = _expressions.Operands.ParseFilter();
            steps.Add(new FilterStep(line, filter, arguments));
        }
        while (_tokens.SkipOperator("|"));
        return [.. steps];
    }

    // The rest of a block whose first or middle tag is read up to its end: body and name of the last tag.
    private Block ParseBody(string tag, int line)
    {
        _tokens.Expect(TokenKind.BlockEnd);
        Block body = ParseBlock(tag, line, $"end{tag}");
        _tokens.Take();
        return body;
    }

    private static string Names(ReadOnlySpan<string> ends) => string.Join(" or ", ends.ToArray().Select(static end => $"'{end}'"));

    private static string Shorten(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
