using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>What stands behind the colon of a format field: [[fill]align][sign][#][0][width][,][.precision][type].</summary>
internal static partial class FormatSpec
{
    /// <exception cref="RenderError">The specification is broken or does not fit the value.</exception>
    public static string Apply(RenderBudget budget, object? value, string spec)
    {
        if (spec.Length == 0)
            return ToText.Of(budget, value);
        Match match = Pattern().Match(spec);
        if (!match.Success)
            throw new RenderError($"the format has the broken specification '{(spec.Length > 40 ? spec[..40] + "…" : spec)}'");
        string type = match.Groups["type"].Value;
        int precision = Count(match.Groups["precision"], -1);
        bool isNumber = Number.IsNumber(value);
        if (!isNumber && value is not string)
            throw value is Undefined undefined ? undefined.Error() : new RenderError($"{TypeName.WithArticle(value)} takes no format specification; only texts and numbers do");
        (string sign, string text) = isNumber
            ? OfNumber(value!, match, type, precision)
            : ("", OfText((string)value!, match, type, precision));
        bool zeros = match.Groups["zero"].Success;
        char fill = match.Groups["fill"] is { Success: true } given ? given.Value[0] : zeros ? '0' : ' ';
        char align = match.Groups["align"] is { Success: true } asked ? asked.Value[0] : !isNumber ? '<' : zeros ? '=' : '>';
        return Pad(budget, sign, text, Count(match.Groups["width"], 0), fill, align);
    }

    [GeneratedRegex(@"^(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\d+)?(?<group>[,_])?(?:\.(?<precision>\d+))?(?<type>[bcdeEfFgGnosxX%])?$",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    private static int Count(Group group, int absent) => !group.Success ? absent
        : int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : throw new RenderError("a width in a format is too large");

    private static string OfText(string text, Match match, string type, int precision)
    {
        if (type is not ("" or "s") || match.Groups["sign"].Success || match.Groups["group"].Success || match.Groups["alternate"].Success || match.Groups["align"].Value == "=")
            throw new RenderError("the format specification is for a number, and stands for a text");
        return precision >= 0 && precision < CodePoints.Count(text) ? text[..CodePoints.Offset(text, precision)] : text;
    }

    private static (string Sign, string Text) OfNumber(object value, Match match, string type, int precision)
    {
        bool isWhole = Number.TryInteger(value, out BigInteger whole) && type is "" or "d" or "n" or "x" or "X" or "o" or "b" or "c";
        bool isNegative = isWhole ? whole.Sign < 0 : double.IsNegative(Number.ToDouble(value));
        if (isWhole && precision >= 0)
            throw new RenderError("a precision is for floats and texts, not for a whole number");
        string text = isWhole ? OfWhole(BigInteger.Abs(whole), type, match.Groups["alternate"].Success) : OfFloat(Number.ToDouble(value), type, precision);
        if (match.Groups["group"] is { Success: true } group)
            text = Grouped(text, group.Value);
        string sign = match.Groups["sign"].Value;
        return (isNegative ? "-" : sign is "+" or " " ? sign : "", text);
    }

    private static string OfWhole(BigInteger number, string type, bool alternate) => type switch
    {
        "x" => (alternate ? "0x" : "") + NumberFormat.InBase(number, 16),
        "X" => (alternate ? "0X" : "") + NumberFormat.InBase(number, 16).ToUpperInvariant(),
        "o" => (alternate ? "0o" : "") + NumberFormat.InBase(number, 8),
        "b" => (alternate ? "0b" : "") + NumberFormat.InBase(number, 2),
        "c" => NumberFormat.Character(number),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private static string OfFloat(double number, string type, int precision)
    {
        switch (type)
        {
            case "" when precision < 0:
                return FloatText.Of(Math.Abs(number));
            case "":
                string text = NumberFormat.Float(number, 'g', precision, keepsZeros: false);
                return text.Contains('.') || text.Contains('e') || !double.IsFinite(number) ? text : text + ".0";
            case "%":
                return NumberFormat.Float(number * 100, 'f', precision < 0 ? 6 : precision, keepsZeros: false) + "%";
            case "e" or "E" or "f" or "F" or "g" or "G" or "n":
                return NumberFormat.Float(number, type == "n" ? 'g' : type[0], precision < 0 ? 6 : precision, keepsZeros: false);
            default:
                throw new RenderError($"the format type '{type}' needs a whole number, not a float");
        }
    }

    private static string Grouped(string text, string separator)
    {
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        string whole = digits < 0 ? text : text[..digits], rest = digits < 0 ? "" : text[digits..];
        for (int at = whole.Length - 3; at > 0; at -= 3)
            whole = whole.Insert(at, separator);
        return whole + rest;
    }

    private static string Pad(RenderBudget budget, string sign, string text, int width, char fill, char align)
    {
        int missing = width - sign.Length - CodePoints.Count(text);
        if (missing <= 0)
            return sign + text;
        budget.SpendText(width);
        int before = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        return align == '='
            ? sign + new string(fill, missing) + text
            : new string(fill, before) + sign + text + new string(fill, missing - before);
    }
}
