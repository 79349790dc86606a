using System.Text;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>One rendering in progress: variables, output, bounds, and what is known of where the text came from.</summary>
internal sealed class RenderRun
{
    /// <summary>Stands in a variable's place until it has a value.</summary>
    public static readonly object Missing = new();

    private readonly object?[] _root;
    private readonly StringBuilder _text = new();
    private StringBuilder _output;

    /// <param name="root">Values of all names outside of scopes; this run's own.</param>
    /// <param name="clock">What strftime_now asks.</param>
    /// <param name="tracker">Learns where turns are written; null when nobody asks.</param>
    public RenderRun(object?[] root, TimeProvider clock, TurnTracker? tracker)
    {
        _root = root;
        _output = _text;
        Clock = clock;
        Tracker = tracker;
    }

    public RenderBudget Budget { get; } = new();

    public TimeProvider Clock { get; }

    public TurnTracker? Tracker { get; }

    public Scope? Scope { get; set; }

    /// <summary>Line of what was evaluated last, for errors.</summary>
    public int Line { get; set; }

    /// <summary>Whether what is written now lands in the rendered text itself, not in a text that the template goes on to use.</summary>
    public bool WritesText => ReferenceEquals(_output, _text);

    /// <summary>Length of the rendered text so far; means something only while <see cref="WritesText"/>.</summary>
    public int Length => _text.Length;

    /// <summary>All that was written.</summary>
    public string Text => _text.ToString();

    public object? Get(int name, string text)
    {
        for (Scope? scope = Scope; scope is not null; scope = scope.Parent)
            if (scope.TryGet(name, out object? value))
                return value;
        object? found = _root[name];
        return ReferenceEquals(found, Missing) ? Undefined.Variable(text) : found;
    }

    public void Set(int name, object? value)
    {
        if (Scope is null)
            _root[name] = value;
        else
            Scope.Set(name, value);
    }

    public void Write(string text)
    {
        Budget.SpendText(text.Length);
        RenderBudget.CheckLength((long)_output.Length + text.Length);
        _output.Append(text);
    }

    public void Write(object? value) => Write(value as string ?? ToText.Of(Budget, value));

    /// <summary>Turns the output into a new text; hand what this returns to <see cref="EndCapture"/>.</summary>
    public StringBuilder BeginCapture()
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        return outer;
    }

    /// <summary>Ends the text that <see cref="BeginCapture"/> began, and gives it.</summary>
    public string EndCapture(StringBuilder outer)
    {
        string text = _output.ToString();
        _output = outer;
        return text;
    }
}
