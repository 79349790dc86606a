using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LeanTune.Tokenization.Files;

/// <summary>Turns a pattern in Oniguruma's Ruby syntax, which tokenizer files are written in, into a .NET regular expression over units; refuses by name what has no equal here.</summary>
internal sealed class RegexTranslator
{
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(2);

    // Members of \w in Unicode; .NET's own lacks marks, letter numbers and circled letters.
    private const string WordMembers = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

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
        string translated = new RegexTranslator(source.AsString(), source).Translate();
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
                position += counted.Length - 1;
                output.Append(counted.Value.StartsWith("{,", StringComparison.Ordinal) ? "{0" + counted.Value[1..] : counted.Value);
                position++;
                if (Peek('?'))
                    TakeAs("?");
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
        _ => null,
    };

    private void OpenGroup()
    {
        int start = output.Length;
        Match head = Regex.Match(pattern[position..], @"^\((\?(?<look>=|!|<=|<!)|\?(?<atomic>>)|\?(?<flags>i)?(?<end>[:)])|(?!\?))");
        if (!head.Success)
            throw Refuse($"the group '{pattern[position..Math.Min(position + 4, pattern.Length)]}'");
        position += head.Length;
        if (head.Groups["flags"].Success)
        {
            if (head.Groups["end"].Value == ")")
                throw Refuse("a flag without a group, '(?i)'");
            openGroups.Push(start);
            outerCase.Push(ignoreCase);
            ignoreCase = true;
        }
        else
        {
            openGroups.Push(start);
            outerCase.Push(ignoreCase);
        }
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

    private void Quantifier(string quantifier)
    {
        if (atomStart < 0)
            throw source.Error($"not a valid regular expression: nothing to repeat before character {position}");
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
            else
                TakeAs(CaseVariants(c) ?? (c == ']' ? @"\]" : c.ToString()));
        }
        TakeAs("]");
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
                output.Append(inClass ? WordMembers : $"[{WordMembers}]");
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
