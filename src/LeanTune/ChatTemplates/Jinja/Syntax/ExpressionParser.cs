using LeanTune.ChatTemplates.Jinja.Expressions;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Parses expressions by precedence, from the loosest operator (if … else) down to the tightest (**); operands are left to <see cref="OperandParser"/>.</summary>
internal sealed class ExpressionParser
{
    private readonly TokenStream _tokens;
    private readonly OperandParser _operands;

    public ExpressionParser(TokenStream tokens, ParserState state)
    {
        _tokens = tokens;
        _operands = new OperandParser(tokens, state, this);
    }

    public OperandParser Operands => _operands;

    /// <summary>One expression.</summary>
    /// <param name="mayBeConditional">Whether value if condition is part of it.</param>
    public Expression Parse(bool mayBeConditional = true)
    {
        _tokens.Enter();
        Expression value = mayBeConditional ? ParseConditional() : ParseOr();
        _tokens.Leave();
        return value;
    }

    /// <summary>One expression, or a tuple of several with commas between them and no brackets around.</summary>
    public Expression ParseTuple(bool mayBeConditional = true)
    {
        int line = _tokens.Line;
        Expression first = Parse(mayBeConditional);
        if (!_tokens.Current.IsOperator(","))
            return first;
        List<Expression> items = [first];
        while (_tokens.SkipOperator(",") && !AtEnd())
            items.Add(Parse(mayBeConditional));
        return new SequenceLiteral(line, [.. items], isTuple: true);
    }

    private bool AtEnd() => _tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || _tokens.Current.IsOperator(")") || _tokens.Current.IsName("recursive");

    private Expression ParseConditional()
    {
        int line = _tokens.Line;
        Expression value = ParseOr();
        while (_tokens.SkipName("if"))
        {
            Expression condition = ParseOr();
            value = new Conditional(line, condition, value, _tokens.SkipName("else") ? Parse() : null);
        }

        return value;
    }

    private Expression ParseOr()
    {
        int line = _tokens.Line;
        Expression left = ParseAnd();
        while (_tokens.SkipName("or"))
            left = new Logical(line, left, ParseAnd(), isAnd: false);
        return left;
    }

    private Expression ParseAnd()
    {
        int line = _tokens.Line;
        Expression left = ParseNot();
        while (_tokens.SkipName("and"))
            left = new Logical(line, left, ParseNot(), isAnd: true);
        return left;
    }

    private Expression ParseNot()
    {
        int line = _tokens.Line;
        if (!_tokens.SkipName("not"))
            return ParseComparison();
        _tokens.Enter();
        Expression value = new Not(line, ParseNot());
        _tokens.Leave();
        return value;
    }

    private Expression ParseComparison()
    {
        int line = _tokens.Line;
        Expression first = ParseSum();
        List<(CompareOperator, Expression)>? others = null;
        while (TakeComparison() is CompareOperator symbol)
            (others ??= []).Add((symbol, ParseSum()));
        return others is null ? first : new Comparison(line, first, [.. others]);
    }

    private CompareOperator? TakeComparison()
    {
        if (_tokens.SkipName("in"))
            return CompareOperator.In;
        if (_tokens.Current.IsName("not") && _tokens.Ahead.IsName("in"))
        {
            _tokens.Take();
            _tokens.Take();
            return CompareOperator.NotIn;
        }

        CompareOperator? symbol = _tokens.Current.Kind != TokenKind.Operator ? null : _tokens.Current.Text switch
        {
            "==" => CompareOperator.Equal,
            "!=" => CompareOperator.NotEqual,
            "<" => CompareOperator.Less,
            "<=" => CompareOperator.LessOrEqual,
            ">" => CompareOperator.Greater,
            ">=" => CompareOperator.GreaterOrEqual,
            _ => null,
        };
        if (symbol is not null)
            _tokens.Take();
        return symbol;
    }

    private Expression ParseSum() => ParseLeft(ParseConcatenation, static text => text switch
    {
        "+" => BinaryOperator.Add,
        "-" => BinaryOperator.Subtract,
        _ => null,
    });

    private Expression ParseConcatenation()
    {
        int line = _tokens.Line;
        Expression first = ParseProduct();
        if (!_tokens.Current.IsOperator("~"))
            return first;
        List<Expression> parts = [first];
        while (_tokens.SkipOperator("~"))
            parts.Add(ParseProduct());
        return new Concatenation(line, [.. parts]);
    }

    private Expression ParseProduct() => ParseLeft(ParsePower, static text => text switch
    {
        "*" => BinaryOperator.Multiply,
        "/" => BinaryOperator.Divide,
        "//" => BinaryOperator.FloorDivide,
        "%" => BinaryOperator.Modulo,
        _ => null,
    });

    private Expression ParsePower() => ParseLeft(() => _operands.Parse(), static text => text == "**" ? BinaryOperator.Power : null);

    // Operators of one precedence, grouped from the left.
    private Expression ParseLeft(Func<Expression> parseOperand, Func<string, BinaryOperator?> symbolOf)
    {
        Expression left = parseOperand();
        while (_tokens.Current.Kind == TokenKind.Operator && symbolOf(_tokens.Current.Text) is BinaryOperator symbol)
        {
            int line = _tokens.Take().Line;
            left = new Binary(line, symbol, left, parseOperand());
        }

        return left;
    }
}
