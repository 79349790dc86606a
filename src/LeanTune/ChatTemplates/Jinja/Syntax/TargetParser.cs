using LeanTune.ChatTemplates.Jinja.Statements;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>Parses what values are assigned to: names, attributes of namespaces, and several of them at once.</summary>
internal sealed class TargetParser(TokenStream tokens, ParserState state)
{
    private static readonly string[] s_reserved = ["true", "false", "none", "True", "False", "None"];

    /// <summary>The target of a for: names, brackets allowed.</summary>
    public Target ParseLoopTarget() => ParseSeveral(allowNamespace: false, static token => token.IsName("in"));

    /// <summary>The target of a set.</summary>
    public Target ParseSetTarget() => ParseSeveral(allowNamespace: true, static token => token.IsOperator("=") || token.IsOperator("|") || token.Kind == TokenKind.BlockEnd);

    private Target ParseSeveral(bool allowNamespace, Func<Token, bool> isEnd)
    {
        Target first = ParseOne(allowNamespace);
        if (!tokens.Current.IsOperator(","))
            return first;
        List<Target> targets = [first];
        while (tokens.SkipOperator(",") && !isEnd(tokens.Current))
            targets.Add(ParseOne(allowNamespace));
        return new TupleTarget([.. targets]);
    }

    private Target ParseOne(bool allowNamespace)
    {
        if (tokens.SkipOperator("("))
        {
            tokens.Enter();
            Target inner = ParseSeveral(allowNamespace, static token => token.IsOperator(")"));
            tokens.Leave();
            tokens.ExpectOperator(")");
            return inner;
        }

        int line = tokens.Line;
        string name = tokens.ExpectName("the name of a variable");
        if (s_reserved.Contains(name))
            throw tokens.Error(line, $"'{name}' is a value; it cannot be assigned to");
        if (!allowNamespace && name == "loop")
            throw tokens.Error(line, "'loop' is the loop's own variable; it cannot be assigned to");
        return allowNamespace && tokens.SkipOperator(".")
            ? new NamespaceTarget(state.Names.Intern(name), name, tokens.ExpectName("the name of an attribute"))
            : new NameTarget(state.Names.Intern(name));
    }
}
