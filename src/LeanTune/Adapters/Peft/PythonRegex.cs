using System.Text;
using System.Text.RegularExpressions;

namespace LeanTune.Adapters.Peft;

/// <summary>A regular expression as Python's <c>re</c> spells it, matched by .NET's engine with a time limit: adapter files come from strangers.</summary>
internal sealed class PythonRegex
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly string _pattern;
    private readonly Regex _regex;

    private PythonRegex(string pattern, string framed)
    {
        _pattern = pattern;
        try
        {
            _regex = new Regex(framed, RegexOptions.CultureInvariant, Limit);
        }
        catch (ArgumentException e)
        {
            throw new AdapterException($"'{pattern}' is not a regular expression that can be read: {e.Message}", e);
        }
    }

    /// <summary>Python's <c>re.fullmatch(pattern, name)</c>.</summary>
    public static PythonRegex FullMatch(string pattern) => new(pattern, $@"\A(?:{Translate(pattern)})\z");

    /// <summary>PEFT's rule for rank_pattern and alpha_pattern: the key, after nothing or after anything that ends with a dot.</summary>
    public static PythonRegex Ending(string key) => new(key, $@"\A(.*\.)?({Translate(key)})\z");

    /// <summary>PEFT's rule for layers_pattern: the number after the last such component; null means any component.</summary>
    public static PythonRegex LayerNumber(string? layers) => new(layers ?? "", $@"\A.*\.{(layers is null ? "[^.]*" : Translate(layers))}\.(?<layer>[0-9]+)\.");

    /// <exception cref="AdapterException">Matching takes longer than a second.</exception>
    public bool IsMatch(string name) => Match(name).Success;

    /// <summary>The layer number that <see cref="LayerNumber"/> finds in a module's name, or null.</summary>
    public int? FindLayer(string name) => Match(name) is { Success: true } found && int.TryParse(found.Groups["layer"].ValueSpan, out int layer) ? layer : null;

    private Match Match(string name)
    {
        try
        {
            return _regex.Match(name);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new AdapterException($"The regular expression '{_pattern}' takes more than {Limit.TotalSeconds:0} s on '{name}': simplify it.", e);
        }
    }

    // The two spellings differ in named groups, (?P<n>..) and (?P=n), in the open repeat {,n}, and in \Z.
    private static string Translate(string pattern)
    {
        StringBuilder text = new(pattern.Length);
        for (int at = 0; at < pattern.Length; at++)
        {
            ReadOnlySpan<char> rest = pattern.AsSpan(at);
            if (rest is ['\\', 'Z', ..]) { text.Append(@"\z"); at++; }
            else if (rest is ['\\', _, ..]) { text.Append(rest[..2]); at++; }
            else if (rest.StartsWith("(?P<")) { text.Append("(?<"); at += 3; }
            else if (rest.StartsWith("(?P=") && rest.IndexOf(')') is > 4 and int end) { text.Append(@"\k<").Append(rest[4..end]).Append('>'); at += end; }
            else if (rest.StartsWith("{,")) { text.Append("{0,"); at++; }
            else text.Append(pattern[at]);
        }

        return text.ToString();
    }
}
