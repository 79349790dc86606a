using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LeanTune.Tokenization.Files;

/// <summary>Turns a pattern in Oniguruma's Ruby syntax, which tokenizer files are written in, into a .NET regular expression over units; refuses by name what has no equal here.</summary>
internal sealed class RegexTranslator
{
    private const int LongestPattern = 10_000;
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(2);

    // Members of \w in Oniguruma, which .NET's own lacks some of; outside a set, and only there, Latin-1's numbers are among them.
    private const string SetWordMembers = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";
    private const string WordMembers = SetWordMembers + @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    private readonly string _pattern;
    private readonly JsonNode _source;
    private readonly StringBuilder _output = new();
    private readonly Stack<int> _openGroups = new();
    private readonly Stack<bool> _outerCase = new();
    private int _position;
    private int _atomStart = -1;
    private bool _ignoreCase;

    private RegexTranslator(string pattern, JsonNode source)
    {
        _pattern = pattern;
        _source = source;
    }

    /// <summary>The .NET expression for the pattern at <paramref name="source"/>.</summary>
    /// <exception cref="TokenizerFormatException">The pattern is not valid, or uses what this engine does not know.</exception>
    public static Regex Translate(JsonNode source)
    {
        string pattern = source.AsString();
        if (pattern.Length > LongestPattern)
            throw source.Error($"the pattern has {pattern.Length} characters; at most {LongestPattern} are taken");
        string translated = new RegexTranslator(pattern, source).Translate();
        return Compile(translated, RegexOptions.NonBacktracking) ?? Compile(translated, RegexOptions.Compiled)!;

        Regex? Compile(string text, RegexOptions engine)
        {
            try
            {
                // The automaton cannot run away but has no look-around; for the rest there is a time limit.
                return new Regex(text, engine | RegexOptions.CultureInvariant, LongestSearch);
            }
            catch (NotSupportedException) when (engine == RegexOptions.NonBacktracking)
            {
                return null;
            }
            catch (RegexParseException error)
            {
                throw source.Error($"not a valid regular expression: {error.Message}");
            }
        }
    }

    private string Translate()
    {
        while (_position < _pattern.Length)
            Next();
        return _output.ToString();
    }

    private void Next()
    {
        char c = _pattern[_position];
        switch (c)
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                CloseGroup();
                break;
            case '[':
                Atom();
                Class();
                break;
            case '\\':
                Atom();
                Escape(inClass: false);
                break;
            case '*' or '+' or '?':
                Quantifier(c.ToString());
                break;
            case '{' when Regex.Match(_pattern[_position..], @"^\{(\d+(,\d*)?|,\d+)\}") is { Success: true } counted:
                Counted(counted.Value);
                break;
            case '|':
                _atomStart = -1;
                TakeAs("|");
                break;
            case '^':
                TakeAs(@"(?<=\n|\A)");
                break;
            case '$':
                TakeAs(@"(?=\n|\z)");
                break;
            case '.':
                Atom();
                TakeAs("[^\\n]");
                break;
            default:
                Atom();
                Literal(c);
                break;
        }
    }

    private void Atom() => _atomStart = _output.Length;

    private bool Peek(char expected) => _position < _pattern.Length && _pattern[_position] == expected;

    private void TakeAs(string translated)
    {
        _output.Append(translated);
        _position++;
    }

    private void Literal(char c)
    {
        if (char.IsSurrogate(c))
            throw Refuse("a character beyond U+FFFF");
        _output.Append(CaseVariants(c) is string variants ? $"[{variants}]" : Regex.Escape(c.ToString()));
        _position++;
    }

    // Unicode's case folding also pairs ſ with s and the kelvin sign with k; .NET's does not.
    private string? CaseVariants(char c) => !_ignoreCase ? null : c switch
    {
        's' or 'S' => @"sS\u017F",
        'k' or 'K' => @"kK\u212A",
        'σ' or 'ς' or 'Σ' => "σςΣ",
        'µ' or 'μ' or 'Μ' => "µμΜ",
        _ => null,
    };

    private void OpenGroup()
    {
        int start = _output.Length;
        Match head = Regex.Match(_pattern[_position..], @"^\((\?(?<look>=|!|<=|<!)|\?(?<atomic>>)|\?(?<flags>i)?(?<end>[:)])|(?!\?))");
        if (!head.Success)
            throw Refuse($"the group '{_pattern[_position..Math.Min(_position + 4, _pattern.Length)]}'");
        _position += head.Length;
        if (head.Groups["end"].Value == ")")
            throw Refuse("a flag without a group, '(?i)'");
        _openGroups.Push(start);
        _outerCase.Push(_ignoreCase);
        _ignoreCase |= head.Groups["flags"].Success;
        // Captures are never read: plain groups need not capture.
        _output.Append(head.Value == "(" ? "(?:" : head.Value);
        _atomStart = -1;
    }

    private void CloseGroup()
    {
        if (_openGroups.Count == 0)
            throw _source.Error($"not a valid regular expression: ')' without '(' at character {_position}");
        _atomStart = _openGroups.Pop();
        _ignoreCase = _outerCase.Pop();
        TakeAs(")");
    }

    // Behind a counted repetition '+' repeats it again, and so does '?' behind an exact count: neither is possessive or lazy there.
    private void Counted(string counted)
    {
        RequireAtom();
        _position += counted.Length;
        _output.Append(counted.StartsWith("{,", StringComparison.Ordinal) ? "{0" + counted[1..] : counted);
        if (Peek('?') && counted.Contains(','))
        {
            TakeAs("?");
        }
        else if (Peek('?') || Peek('+'))
        {
            _output.Insert(_atomStart, "(?:").Append(')');
            TakeAs(_pattern[_position].ToString());
        }
    }

    private void RequireAtom()
    {
        if (_atomStart < 0)
            throw _source.Error($"not a valid regular expression: nothing to repeat before character {_position}");
    }

    private void Quantifier(string quantifier)
    {
        RequireAtom();
        _position++;
        _output.Append(quantifier);
        if (Peek('?'))
        {
            TakeAs("?");
        }
        else if (Peek('+'))
        {
            // Possessive: .NET spells it as an atomic group.
            _output.Insert(_atomStart, "(?>").Append(')');
            _position++;
        }
    }

    private void Class()
    {
        TakeAs("[");
        if (Peek('^'))
            TakeAs("^");
        for (bool first = true; ; first = false)
        {
            if (_position >= _pattern.Length)
                throw _source.Error("not a valid regular expression: '[' without ']'");
            char c = _pattern[_position];
            if (c == ']' && !first)
                break;
            if (c == '[')
                throw Refuse("a set inside a set");
            if (c == '&' && _position + 1 < _pattern.Length && _pattern[_position + 1] == '&')
                throw Refuse("the intersection '&&'");
            if (char.IsSurrogate(c))
                throw Refuse("a character beyond U+FFFF");
            if (c == '\\')
                Escape(inClass: true);
            else if (!TryRange(c))
                TakeAs(CaseVariants(c) ?? (c == ']' ? @"\]" : c.ToString()));
        }
        TakeAs("]");
    }

    // A range of plain characters, as in a-z.
    private bool TryRange(char first)
    {
        if (_position + 2 >= _pattern.Length || _pattern[_position + 1] != '-' || _pattern[_position + 2] is ']' or '[' or '\\')
            return false;
        char last = _pattern[_position + 2];
        _output.Append(first == ']' ? @"\]" : first.ToString()).Append('-').Append(last);
        if (_ignoreCase && (first, last) is (<= 's', >= 's') or (<= 'S', >= 'S'))
            _output.Append(CaseVariants('s'));
        _position += 3;
        return true;
    }

    private void Escape(bool inClass)
    {
        if (_position + 1 >= _pattern.Length)
            throw _source.Error("not a valid regular expression: '\\' at its end");
        char c = _pattern[_position + 1];
        switch (c)
        {
            case 'p' or 'P':
                Category();
                return;
            case 'w':
                _output.Append(inClass ? SetWordMembers : $"[{WordMembers}]");
                break;
            case 'W' when !inClass:
                _output.Append($"[^{WordMembers}]");
                break;
            case 's' or 'S' or 'd' or 'D' or 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e':
                // Without RegexOptions.ECMAScript these hold the same code points as in Unicode's Oniguruma.
                _output.Append('\\').Append(c == 'v' ? "x0B" : c.ToString());
                break;
            case 'A' or 'z' when !inClass:
                _output.Append('\\').Append(c);
                break;
            case 'x' or 'u':
                Match code = Regex.Match(_pattern[_position..], @"^\\(x\{(?<hex>[0-9A-Fa-f]+)\}|x(?<hex>[0-9A-Fa-f]{2})|u(?<hex>[0-9A-Fa-f]{4}))");
                if (!code.Success || !int.TryParse(code.Groups["hex"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) || value > char.MaxValue)
                    throw Refuse($"the escape '\\{c}' here");
                _output.Append(CultureInfo.InvariantCulture, $"\\u{value:X4}");
                _position += code.Length;
                return;
            case var other when !char.IsAsciiLetterOrDigit(other) && !char.IsSurrogate(other):
                _output.Append('\\').Append(other);
                break;
            default:
                throw Refuse($"the escape '\\{c}'{(inClass ? " in a set" : "")}");
        }
        _position += 2;
    }

    private void Category()
    {
        Match category = Regex.Match(_pattern[_position..], @"^\\[pP](\{(?<not>\^?)(?<name>[^}]*)\}|(?<name>[A-Z]))");
        string name = category.Groups["name"].Value;
        if (!Regex.IsMatch(name, "^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfosn]?)$"))
            throw Refuse($"the property '{(category.Success ? category.Value : "\\p")}'");
        bool negated = (_pattern[_position + 1] == 'P') != (category.Groups["not"].Value == "^");
        _output.Append(negated ? "\\P{" : "\\p{").Append(name).Append('}');
        _position += category.Length;
    }

    private TokenizerFormatException Refuse(string what) => _source.Error($"this engine's regular expressions do not know {what} (character {_position} of the pattern)");
}
