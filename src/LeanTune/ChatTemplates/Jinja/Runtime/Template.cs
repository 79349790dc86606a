using LeanTune.ChatTemplates.Jinja.Builtins;
using LeanTune.ChatTemplates.Jinja.Syntax;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>A parsed template: parsed once, rendered as often as wanted, by several threads at once.</summary>
internal sealed class Template
{
    private readonly ParsedTemplate _parsed;
    private readonly object?[] _root;

    /// <exception cref="TemplateException">The text is no template that this engine knows.</exception>
    public Template(string name, string text)
    {
        Name = name;
        _parsed = StatementParser.Parse(new TemplateSource(name, text));
        _root = new object?[_parsed.Names.Count];
        Array.Fill(_root, RenderRun.Missing);
        foreach ((string function, object value) in Globals.All)
            if (_parsed.Names.TryFind(function, out int number))
                _root[number] = value;
    }

    public string Name { get; }

    /// <summary>Whether the template marks what the assistant writes.</summary>
    public bool HasGenerationBlocks => _parsed.HasGenerationBlocks;

    /// <summary>Text and quoted texts of the template, for those who look for special tokens in them.</summary>
    public IReadOnlyList<string> Literals => _parsed.Literals;

    /// <summary>Whether the template mentions a variable.</summary>
    public bool Mentions(string variable) => _parsed.Names.TryFind(variable, out _);

    /// <summary>Renders the template.</summary>
    /// <param name="variables">Names and values.</param>
    /// <param name="clock">What strftime_now asks.</param>
    /// <param name="tracker">Learns where turns are written.</param>
    /// <exception cref="TemplateException">The template fails or refuses the variables.</exception>
    public string Render(IEnumerable<KeyValuePair<string, object?>> variables, TimeProvider clock, TurnTracker? tracker = null)
    {
        object?[] root = [.. _root];
        foreach ((string name, object? value) in variables)
            if (_parsed.Names.TryFind(name, out int number))
                root[number] = value;
        RenderRun run = new(root, clock, tracker);
        try
        {
            _parsed.Body.Execute(run);
            return run.Text;
        }
        catch (RenderError error)
        {
            throw new TemplateException(Name, run.Line, error.Message, error.RaisedByTemplate, error);
        }
        catch (InsufficientExecutionStackException error)
        {
            throw new TemplateException(Name, run.Line, "the template or its values are nested too deep", inner: error);
        }
    }
}
