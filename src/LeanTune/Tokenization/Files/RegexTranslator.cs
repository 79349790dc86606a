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

    private readonly string pattern;
    private readonly JsonNode source;
    private readonly StringBuilder output = new();
    private readonly Stack<int> openGroups = new();
    private readonly Stack<bool> outerCase = new();
    private int position;
    private int atomStart = -1;
    private bool ignoreCase;

    private RegexTranslator(string pattern, JsonNode source)
    {
        this.pattern = pattern;
        this.source = source;
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
        while (position < pattern.Length)
            Next();
        return output.ToString();
    }

    private void Next()
    {
        char c = pattern[position];
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
            case '{' when Regex.Match(pattern[position..], @"^\{(\d+(,\d*)?|,\d+)\}") is { Success: true } counted:
                Counted(counted.Value);
                break;
            case '|':
                atomStart = -1;
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

    private void Atom() => atomStart = output.Length;

    private bool Peek(char expected) => position < pattern.Length && pattern[position] == expected;

    private void TakeAs(string translated)
    {
        output.Append(translated);
        position++;
    }

    private void Literal(char c)
    {
        if (char.IsSurrogate(c))
            throw Refuse("a character beyond U+FFFF");
        output.Append(CaseVariants(c) is string variants ? $"[{variants}]" : Regex.Escape(c.ToString()));
        position++;
    }

    // Unicode's case folding also pairs ſ with s and the kelvin sign with k; .NET's does not.
    private string? CaseVariants(char c) => !ignoreCase ? null : c switch
    {
        's' or 'S' => @"sS\u017F",
        'k' or 'K' => @"kK\u212A",
        'σ' or 'ς' or 'Σ' => "σςΣ",
        'µ' or 'μ' or 'Μ' => "µμΜ",
        _ => null,
    };

    private void OpenGroup()
    {
        int start = output.Length;
        Match head = Regex.Match(pattern[position..], @"^\((\?(?<look>=|!|<=|<!)|\?(?<atomic>>)|\?(?<flags>i)?(?<end>[:)])|(?!\?))");
        if (!head.Success)
            throw Refuse($"the group '{pattern[position..Math.Min(position + 4, pattern.Length)]}'");
        position += head.Length;
        if (head.Groups["end"].Value == ")")
            throw Refuse("a flag without a group, '(?i)'");
        openGroups.Push(start);
        outerCase.Push(ignoreCase);
        ignoreCase |= head.Groups["flags"].Success;
        // Captures are never read: plain groups need not capture.
        output.Append(head.Value == "(" ? "(?:" : head.Value);
        atomStart = -1;
    }

    private void CloseGroup()
    {
        if (openGroups.Count == 0)
            throw source.Error($"not a valid regular expression: ')' without '(' at character {position}");
        atomStart = openGroups.Pop();
        ignoreCase = outerCase.Pop();
        TakeAs(")");
    }

    // Behind a counted repetition '+' repeats it again, and so does '?' behind an exact count: neither is possessive or lazy there.
    private void Counted(string counted)
    {
        RequireAtom();
        position += counted.Length;
        output.Append(counted.StartsWith("{,", StringComparison.Ordinal) ? "{0" + counted[1..] : counted);
        if (Peek('?') && counted.Contains(','))
        {
            TakeAs("?");
        }
        else if (Peek('?') || Peek('+'))
        {
            output.Insert(atomStart, "(?:").Append(')');
            TakeAs(pattern[position].ToString());
        }
    }

    private void RequireAtom()
    {
        if (atomStart < 0)
            throw source.Error($"not a valid regular expression: nothing to repeat before character {position}");
    }

    private void Quantifier(string quantifier)
    {
        RequireAtom();
        position++;
        output.Append(quantifier);
        if (Peek('?'))
        {
            TakeAs("?");
        }
        else if (Peek('+'))
        {
            // Possessive: .NET spells it as an atomic group.
            output.Insert(atomStart, "(?>").Append(')');
            position++;
        }
    }

    private void Class()
    {
        TakeAs("[");
        if (Peek('^'))
            TakeAs("^");
        for (bool first = true; ; first = false)
        {
            if (position >= pattern.Length)
                throw source.Error("not a valid regular expression: '[' without ']'");
            char c = pattern[position];
            if (c == ']' && !first)
                break;
            if (c == '[')
                throw Refuse("a set inside a set");
            if (c == '&' && position + 1 < pattern.Length && pattern[position + 1] == '&')
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
        if (position + 2 >= pattern.Length || pattern[position + 1] != '-' || pattern[position + 2] is ']' or '[' or '\\')
            return false;
        char last = pattern[position + 2];
        output.Append(first == ']' ? @"\]" : first.ToString()).Append('-').Append(last);
        if (ignoreCase && (first, last) is (<= 's', >= 's') or (<= 'S', >= 'S'))
            output.Append(CaseVariants('s'));
        position += 3;
        return true;
    }

    private void Escape(bool inClass)
    {
        if (position + 1 >= pattern.Length)
            throw source.Error("not a valid regular expression: '\\' at its end");
        char c = pattern[position + 1];
        switch (c)
        {
            case 'p' or 'P':
                Category();
                return;
            case 'w':
                output.Append(inClass ? SetWordMembers : $"[{WordMembers}]");
                break;
            case 'W' when !inClass:
                output.Append($"[^{WordMembers}]");
                break;
            case 's' or 'S' or 'd' or 'D' or 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e':
                // Without RegexOptions.ECMAScript these hold the same code points as in Unicode's Oniguruma.
                output.Append('\\').Append(c == 'v' ? "x0B" : c.ToString());
                break;
            case 'A' or 'z' when !inClass:
                output.Append('\\').Append(c);
                break;
            case 'x' or 'u':
                Match code = Regex.Match(pattern[position..], @"^\\(x\{(?<hex>[0-9A-Fa-f]+)\}|x(?<hex>[0-9A-Fa-f]{2})|u(?<hex>[0-9A-Fa-f]{4}))");
                if (!code.Success || !int.TryParse(code.Groups["hex"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) || value > char.MaxValue)
                    throw Refuse($"the escape '\\{c}' here");
                output.Append(CultureInfo.InvariantCulture, $"\\u{value:X4}");
                position += code.Length;
                return;
            case var other when !char.IsAsciiLetterOrDigit(other) && !char.IsSurrogate(other):
                output.Append('\\').Append(other);
                break;
            default:
                throw Refuse($"the escape '\\{c}'{(inClass ? " in a set" : "")}");
        }
        position += 2;
    }

    private void Category()
    {
        Match category = Regex.Match(pattern[position..], @"^\\[pP](\{(?<not>\^?)(?<name>[^}]*)\}|(?<name>[A-Z]))");
        string name = category.Groups["name"].Value;
        if (!Regex.IsMatch(name, "^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfosn]?)$"))
            throw Refuse($"the property '{(category.Success ? category.Value : "\\p")}'");
        bool negated = (pattern[position + 1] == 'P') != (category.Groups["not"].Value == "^");
        output.Append(negated ? "\\P{" : "\\p{").Append(name).Append('}');
        position += category.Length;
    }

    private TokenizerFormatException Refuse(string what) => source.Error($"this engine's regular expressions do not know {what} (character {position} of the pattern)");
}
