using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Jinja.Syntax;

/// <summary>What the parsers of one template gather as they go.</summary>
internal sealed class ParserState
{
    /// <summary>Names that a macro's body may use without declaring them.</summary>
    private static readonly string[] s_implicit = ["varargs", "kwargs", "caller"];

    // One set for each macro that is being parsed.
    private readonly Stack<HashSet<string>> _macros = [];

    public NameTable Names { get; } = new();

    public List<string> Literals { get; } = [];

    public bool HasGenerationBlocks { get; set; }

    /// <summary>Takes note of a variable that is read.</summary>
    public int Use(string name)
    {
        if (s_implicit.Contains(name))
            foreach (HashSet<string> used in _macros)
                used.Add(name);
        return Names.Intern(name);
    }

    public void BeginMacro() => _macros.Push([]);

    /// <summary>Ends the innermost macro.</summary>
    /// <returns>Gives the number of an implicit name that the macro's body uses, or null.</returns>
    public Func<string, int?> EndMacro()
    {
        HashSet<string> used = _macros.Pop();
        return name => used.Contains(name) ? Names.Intern(name) : null;
    }
}
