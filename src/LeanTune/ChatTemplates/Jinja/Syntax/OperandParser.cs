using System.Globalization;
using System.Numerics;
using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Expressions;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Parses operands: literals, names, brackets, and what follows them: attributes, elements, calls, filters and tests.</summary>
internal sealed class OperandParser(TokenStream tokens, ParserState state, ExpressionParser expressions)
{
    private static readonly ArgumentList s_noArguments = new([], [], null, null);

    /// <summary>An operand with its sign and all that follows it.</summary>
    /// <param name="mayBeFiltered">Whether filters and tests belong to it.</param>
    public Expression Parse(bool mayBeFiltered = true)
    {
        int line = tokens.Line;
        Expression value;
        if (tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+"))
        {
            bool isNegative = tokens.Take().Text == "-";
            tokens.Enter();
            value = new Signed(line, Parse(mayBeFiltered: false), isNegative);
            tokens.Leave();
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return mayBeFiltered ? ParseFilters(value) : value;
    }

    /// <summary>A filter behind | or in a filter block: its name and arguments.</summary>
    public (int Line, Filter Filter, ArgumentList Arguments) ParseFilter()
    {
        int line = tokens.Line;
        string name = ParseDottedName("the name of a filter");
        Filter filter = Filters.Find(name) ?? throw tokens.Error(line, Filters.Problem(name));
        return (line, filter, tokens.Current.IsOperator("(") ? ParseArguments() : s_noArguments);
    }

    public ArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? rest = null, namedRest = null;
        while (!tokens.SkipOperator(")"))
        {
            if (tokens.SkipOperator("**"))
                namedRest = namedRest is null ? expressions.Parse() : throw tokens.Unexpected("one ** argument");
            else if (tokens.SkipOperator("*"))
                rest = rest is null ? expressions.Parse() : throw tokens.Unexpected("one * argument");
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
                named.Add((TakeArgumentName(), expressions.Parse()));
            else if (named.Count == 0 && namedRest is null)
                positional.Add(expressions.Parse());
            else
                throw tokens.Unexpected("a named argument, as others before it are named");
            if (!tokens.Current.IsOperator(")"))
                tokens.ExpectOperator(",");
        }

        return new ArgumentList([.. positional], [.. named], rest, namedRest);
    }

    private string TakeArgumentName()
    {
        string name = tokens.Take().Text;
        tokens.Take();
        return name;
    }

    private Expression ParsePrimary()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.Line, Boxed.True),
                    "false" or "False" => new Constant(token.Line, Boxed.False),
                    "none" or "None" => new Constant(token.Line, null),
                    _ => new Name(token.Line, state.Use(token.Text), token.Text),
                };
            case TokenKind.String:
                return new Constant(token.Line, ParseText());
            case TokenKind.Integer or TokenKind.Float:
                tokens.Take();
                return new Constant(token.Line, token.Kind == TokenKind.Float ? ParseFloat(token) : ParseInteger(token));
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                tokens.Take();
                return token.Text switch
                {
                    "(" => ParseBrackets(token.Line),
                    "[" => ParseList(token.Line),
                    _ => ParseDict(token.Line),
                };
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    // Texts that stand beside each other are one.
    private string ParseText()
    {
        List<string> parts = [];
        while (tokens.Current.Kind == TokenKind.String)
            parts.Add(tokens.Take().Text);
        string text = string.Concat(parts);
        state.Literals.Add(text);
        return text;
    }

    private static double ParseFloat(Token token) =>
        double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    private object ParseInteger(Token token) => token.Text.Length <= 4000 && IntegerText.TryParse(token.Text, 0, out BigInteger number)
        ? Boxed.Of(number)
        : throw tokens.Error(token.Line, $"{token.Description} is no whole number");

    private Expression ParseBrackets(int line)
    {
        if (tokens.SkipOperator(")"))
            return new SequenceLiteral(line, [], isTuple: true);
        Expression value = expressions.ParseTuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private SequenceLiteral ParseList(int line)
    {
        List<Expression> items = [];
        while (!tokens.SkipOperator("]"))
        {
            items.Add(expressions.Parse());
            if (!tokens.Current.IsOperator("]"))
                tokens.ExpectOperator(",");
        }

        return new SequenceLiteral(line, [.. items], isTuple: false);
    }

    private DictLiteral ParseDict(int line)
    {
        List<(Expression, Expression)> entries = [];
        while (!tokens.SkipOperator("}"))
        {
            Expression key = expressions.Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, expressions.Parse()));
            if (!tokens.Current.IsOperator("}"))
                tokens.ExpectOperator(",");
        }

        return new DictLiteral(line, [.. entries]);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = tokens.Line;
            if (tokens.SkipOperator("."))
                value = ParseMember(line, value);
            else if (tokens.SkipOperator("["))
                value = ParseSubscript(line, value);
            else if (tokens.Current.IsOperator("("))
                value = new Call(line, value, ParseArguments());
            else
                return value;
        }
    }

    private Expression ParseMember(int line, Expression owner) => tokens.Current.Kind == TokenKind.Integer
        ? new ItemAccess(line, owner, new Constant(line, ParseInteger(tokens.Take())))
        : new AttributeAccess(line, owner, tokens.ExpectName("the name of an attribute"));

    private Expression ParseSubscript(int line, Expression owner)
    {
        Expression? start = tokens.Current.IsOperator(":") ? null : expressions.ParseTuple();
        if (!tokens.SkipOperator(":"))
        {
            tokens.ExpectOperator("]");
            return new ItemAccess(line, owner, start!);
        }

        Expression? stop = tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : expressions.Parse();
        Expression? step = tokens.SkipOperator(":") && !tokens.Current.IsOperator("]") ? expressions.Parse() : null;
        tokens.ExpectOperator("]");
        return new Slice(line, owner, start, stop, step);
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (tokens.SkipOperator("|"))
            {
                (int line, Filter filter, ArgumentList arguments) = ParseFilter();
                value = new FilterCall(line, value, filter, arguments);
            }
            else if (tokens.Current.IsName("is"))
            {
                value = ParseTest(value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new Call(tokens.Line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseTest(Expression value)
    {
        tokens.Take();
        bool isNegated = tokens.SkipName("not");
        int line = tokens.Line;
        string name = ParseDottedName("the name of a test");
        Test test = Tests.Find(name) ?? throw tokens.Error(line, Tests.Problem(name));
        ArgumentList arguments = s_noArguments;
        if (tokens.Current.IsOperator("("))
            arguments = ParseArguments();
        else if (tokens.Current.Kind == TokenKind.Name && tokens.Current.Text is "if" or "is" or "in" or "not")
            // Jinja takes these for the test's argument, so no template that works elsewhere has them here.
            throw tokens.Unexpected($"the end of the test: put brackets around it before '{tokens.Current.Text}'");
        else if (StartsArgument())
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
        Expression result = new TestCall(line, value, test, arguments);
        return isNegated ? new Not(line, result) : result;
    }

    // A test's single argument may stand without brackets: is divisibleby 3.
    private bool StartsArgument() => tokens.Current.Kind switch
    {
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        _ => tokens.Current.IsOperator("[") || tokens.Current.IsOperator("{"),
    };

    private string ParseDottedName(string what)
    {
        string name = tokens.ExpectName(what);
        while (tokens.SkipOperator("."))
            name += "." + tokens.ExpectName(what);
        return name;
    }
}
