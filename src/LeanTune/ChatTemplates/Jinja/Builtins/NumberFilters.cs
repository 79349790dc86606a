using System.Globalization;
using System.Numerics;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    private static readonly string[] s_binary = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
    private static readonly string[] s_decimal = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

    public static IEnumerable<Filter> All { get; } =
    [
        new("abs", Parameters.None, static (_, value, _) => Absolute(value)),
        new("int", Parameters.Of(("default", 0L), ("base", 10L)), static (_, value, values) => ToInteger(value, values)),
        new("float", Parameters.Of(("default", 0.0)), static (_, value, values) => ToFloat(value) is double number ? number : values[0]),
        new("round", Parameters.Of(("precision", 0L), ("method", "common")), static (_, value, values) => Round(value, values)),
        new("filesizeformat", Parameters.Of(("binary", false)), static (_, value, values) => FileSize(value, Truth.Of(values[0]))),
    ];

    private static object Absolute(object? value) => value is double number
        ? Math.Abs(number)
        : Number.TryInteger(value, out BigInteger whole) ? Boxed.Of(BigInteger.Abs(whole)) : throw NotANumber("abs", value);

    private static object? ToInteger(object? value, object?[] values)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (value is string text && IntegerText.TryParse(text, (int)Number.ToLong(values[1], "the base"), out BigInteger number))
            return Boxed.Of(number);
        if (Number.TryInteger(value, out BigInteger whole))
            return Boxed.Of(whole);
        return ToFloat(value) is double real && double.IsFinite(real) ? Boxed.Of(new BigInteger(Math.Truncate(real))) : values[0];
    }

    private static double? ToFloat(object? value)
    {
        if (value is Undefined undefined)
            throw undefined.Error();
        if (Number.IsNumber(value))
            return Number.ToDouble(value!);
        if (value is not string text)
            return null;
        text = Whitespace.Trim(text);
        string name = text.TrimStart('+', '-').ToLowerInvariant();
        if (name is "inf" or "infinity" or "nan")
            return name == "nan" ? double.NaN : text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
        bool isPlain = text.Length > 0 && !text.EndsWith('_') && !text.StartsWith('_') && !text.Contains("__", StringComparison.Ordinal);
        return isPlain && double.TryParse(text.Replace("_", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;
    }

    private static object Round(object? value, object?[] values)
    {
        string method = StringMethods.TextOf(values[1], "the method");
        int precision = (int)Math.Clamp(Number.ToLong(values[0], "the precision"), -400, 400);
        if (method is not ("common" or "ceil" or "floor"))
            throw new RenderError($"the filter 'round' has no method '{method}'; expected common, ceil or floor");
        if (method == "common")
            return value is double number ? ExactDecimal.Round(number, precision)
                : Number.TryInteger(value, out BigInteger whole) ? Boxed.Of(RoundWhole(whole, precision)) : throw NotANumber("round", value);
        double scale = Math.Pow(10, precision), scaled = (Number.IsNumber(value) ? Number.ToDouble(value!) : throw NotANumber("round", value)) * scale;
        return (method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / scale;
    }

    private static BigInteger RoundWhole(BigInteger whole, int precision)
    {
        if (precision >= 0)
            return whole;
        BigInteger unit = BigInteger.Pow(10, -precision), quotient = BigInteger.DivRem(BigInteger.Abs(whole), unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven))
            quotient += 1;
        return quotient * unit * whole.Sign;
    }

    private static string FileSize(object? value, bool isBinary)
    {
        double bytes = ToFloat(value) ?? throw NotANumber("filesizeformat", value);
        double unit = isBinary ? 1024 : 1000;
        if (bytes == 1)
            return "1 Byte";
        if (bytes < unit)
            return $"{((long)bytes).ToString(CultureInfo.InvariantCulture)} Bytes";
        string[] names = isBinary ? s_binary : s_decimal;
        int at = 0;
        while (at + 1 < names.Length && bytes >= Math.Pow(unit, at + 2))
            at++;
        return $"{ExactDecimal.Fixed(bytes / Math.Pow(unit, at + 1), 1)} {names[at]}";
    }

    private static RenderError NotANumber(string filter, object? value) =>
        value is Undefined undefined ? undefined.Error() : new RenderError($"the filter '{filter}' needs a number, not {TypeName.WithArticle(value)}");
}
