using System.Globalization;
using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>One place of a % format: flags, width, precision and type.</summary>
internal readonly record struct PercentField(char Type, string Flags, int Width, int Precision, bool HasValue, object? Value)
{
    /// <summary>Reads the field whose % stands at the position, and leaves the position at the field's last character.</summary>
    /// <param name="format">The format.</param>
    /// <param name="at">Where the field is.</param>
    /// <param name="usesNames">Set when the field names its value.</param>
    /// <param name="values">Where a named value is found.</param>
    /// <param name="next">Gives the next value, for a * as width or precision.</param>
    public static PercentField Read(string format, ref int at, ref bool usesNames, object? values, Func<object?> next)
    {
        at++;
        object? named = null;
        bool isNamed = at < format.Length && format[at] == '(';
        if (isNamed)
        {
            int close = format.IndexOf(')', at);
            if (close < 0 || values is not DictValue dict)
                throw new RenderError("a format with %(name) needs a closing bracket and a mapping");
            string name = format[(at + 1)..close];
            if (!dict.TryGet(name, out named))
                throw new RenderError($"the format asks for '{name}', which the mapping lacks");
            (usesNames, at) = (true, close + 1);
        }

        int start = at;
        while (at < format.Length && "#0- +".Contains(format[at]))
            at++;
        string flags = format[start..at];
        int width = ReadCount(format, ref at, next) ?? 0;
        if (width < 0)
            (flags, width) = (flags + '-', -width);
        int precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = ReadCount(format, ref at, next) ?? 0;
        }

        while (at < format.Length && format[at] is 'h' or 'l' or 'L')
            at++;
        if (at >= format.Length)
            throw new RenderError("a format ends within a field; write %% for a percent sign");
        return new PercentField(format[at], flags, width, precision, isNamed, named);
    }

    /// <summary>The value in this form.</summary>
    public string Format(RenderBudget budget, object? value)
    {
        string text;
        switch (Type)
        {
            case 's' or 'r' or 'a':
                text = Type == 's' ? ToText.Of(budget, value) : ToText.Repr(budget, value);
                if (Precision >= 0 && Precision < CodePoints.Count(text))
                    text = text[..CodePoints.Offset(text, Precision)];
                return Pad("", text, mayFillZeros: false);
            case 'c':
                text = value is string character && CodePoints.Count(character) == 1 ? character : NumberFormat.Character(Number.ToLong(value, "a character"));
                return Pad("", text, mayFillZeros: false);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                BigInteger whole = Whole(value);
                text = Type switch
                {
                    'x' or 'X' => NumberFormat.InBase(BigInteger.Abs(whole), 16),
                    'o' => NumberFormat.InBase(BigInteger.Abs(whole), 8),
                    _ => BigInteger.Abs(whole).ToString(CultureInfo.InvariantCulture),
                };
                text = text.PadLeft(Math.Min(Math.Max(Precision, 0), ExactDecimal.MostDigits), '0');
                string prefix = Flags.Contains('#') && Type is 'x' or 'X' or 'o' ? $"0{Type}" : "";
                return Pad(Sign(whole.Sign < 0) + prefix, Type == 'X' ? text.ToUpperInvariant() : text, mayFillZeros: true);
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G':
                double number = Number.IsNumber(value) ? Number.ToDouble(value!) : throw NotANumber(value);
                text = NumberFormat.Float(number, Type, Precision < 0 ? 6 : Precision, Flags.Contains('#'));
                return Pad(Sign(double.IsNegative(number)), text, mayFillZeros: double.IsFinite(number));
            default:
                throw new RenderError($"a format has no type '{Type}'; expected one of s r d i x o c f e g, or %% for a percent sign");
        }
    }

    private static int? ReadCount(string format, ref int at, Func<object?> next)
    {
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return (int)Math.Clamp(Number.ToLong(next(), "a width"), -RenderBudget.LongestText - 1, RenderBudget.LongestText + 1);
        }

        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
            at++;
        if (at == start)
            return null;
        return int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new RenderError("a width in a format is too large");
    }

    private BigInteger Whole(object? value)
    {
        if (Number.TryInteger(value, out BigInteger whole))
            return whole;
        return value is double number && double.IsFinite(number) && Type is 'd' or 'i' or 'u' ? new BigInteger(Math.Truncate((double)value!)) : throw NotANumber(value);
    }

    private RenderError NotANumber(object? value) =>
        value is Undefined undefined ? undefined.Error() : new RenderError($"the format %{Type} needs a number, not {TypeName.WithArticle(value)}");

    private string Sign(bool isNegative) => isNegative ? "-" : Flags.Contains('+') ? "+" : Flags.Contains(' ') ? " " : "";

    private string Pad(string sign, string text, bool mayFillZeros)
    {
        int missing = Width - sign.Length - CodePoints.Count(text);
        if (missing <= 0)
            return sign + text;
        if (Flags.Contains('-'))
            return sign + text + new string(' ', missing);
        return mayFillZeros && Flags.Contains('0') ? sign + new string('0', missing) + text : new string(' ', missing) + sign + text;
    }
}
