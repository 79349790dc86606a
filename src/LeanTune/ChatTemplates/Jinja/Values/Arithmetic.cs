using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>The operators + - * / // % ** and the signs, with Python's meaning: floors, exact whole numbers of any size, + and * also of texts and lists.</summary>
internal static class Arithmetic
{
    public static object Add(RenderBudget budget, object? left, object? right)
    {
        switch (left, right)
        {
            case (string a, string b):
                budget.SpendText((long)a.Length + b.Length);
                return a + b;
            case (long a, long b) when !Overflows(a, b, out long sum):
                return Boxed.Of(sum);
            case (ListValue a, ListValue b):
                return Join(budget, a, b);
            case (TupleValue a, TupleValue b):
                return Join(budget, a, b);
            default:
                return Numeric("+", left, right, static (a, b) => a + b, static (a, b) => a + b);
        }
    }

    public static object Subtract(object? left, object? right) => Numeric("-", left, right, static (a, b) => a - b, static (a, b) => a - b);

    public static object Multiply(RenderBudget budget, object? left, object? right) => (left, right) switch
    {
        (string text, long or bool) => Repeat(budget, text, Number.ToLong(right, "a count")),
        (long or bool, string text) => Repeat(budget, text, Number.ToLong(left, "a count")),
        (SequenceValue items, long or bool) => Repeat(budget, items, Number.ToLong(right, "a count")),
        (long or bool, SequenceValue items) => Repeat(budget, items, Number.ToLong(left, "a count")),
        _ => Numeric("*", left, right, static (a, b) => a * b, static (a, b) => a * b),
    };

    public static object Divide(object? left, object? right) => Numeric("/", left, right, static (a, b) => 0, static (a, b) => a / NotZero(b), alwaysFloat: true);

    public static object FloorDivide(object? left, object? right) =>
        Numeric("//", left, right, static (a, b) => (a - Modulo(a, b)) / b, static (a, b) => Math.Floor((a - Modulo(a, b)) / b));

    public static object Modulo(RenderBudget budget, object? left, object? right) => left is string format
        ? PercentFormat.Apply(budget, format, right)
        : Remainder(left, right);

    /// <summary>The operator % of numbers.</summary>
    public static object Remainder(object? left, object? right) => Numeric("%", left, right, static (a, b) => Modulo(a, b), static (a, b) => Modulo(a, b));

    public static object Power(object? left, object? right)
    {
        if (Number.TryInteger(left, out BigInteger number) && Number.TryInteger(right, out BigInteger exponent) && exponent.Sign >= 0)
        {
            if (number.IsZero || number.IsOne || number == BigInteger.MinusOne)
                return Boxed.Of(exponent.IsZero ? BigInteger.One : exponent.IsEven ? number * number : number);
            if (exponent * number.GetBitLength() > RenderBudget.WidestInteger * 2)
                throw new RenderError($"a whole number has more than {RenderBudget.WidestInteger} bits");
            return Boxed.Of(BigInteger.Pow(number, (int)exponent));
        }

        return Numeric("**", left, right, static (a, b) => 0, Power, alwaysFloat: true);
    }

    public static object Negate(object? value) => Signed("-", value, static number => -number, static number => -number);

    public static object Plus(object? value) => Signed("+", value, static number => number, static number => number);

    private static object Signed(string symbol, object? value, Func<BigInteger, BigInteger> whole, Func<double, double> real) => value switch
    {
        double number => real(number),
        Undefined undefined => throw undefined.Error(),
        _ => Number.TryInteger(value, out BigInteger number)
            ? Boxed.Of(whole(number))
            : throw new RenderError($"'{symbol}' needs a number, not {TypeName.WithArticle(value)}"),
    };

    private static object Numeric(
        string symbol, object? left, object? right, Func<BigInteger, BigInteger, BigInteger> whole, Func<double, double, double> real, bool alwaysFloat = false)
    {
        if ((left as Undefined ?? right as Undefined) is Undefined undefined)
            throw undefined.Error();
        if (!Number.IsNumber(left) || !Number.IsNumber(right))
            throw new RenderError($"'{symbol}' cannot join {TypeName.WithArticle(left)} and {TypeName.WithArticle(right)}");
        if (!alwaysFloat && Number.TryInteger(left, out BigInteger a) && Number.TryInteger(right, out BigInteger b))
            return Boxed.Of(whole(a, b));
        double x = Number.ToDouble(left!), y = Number.ToDouble(right!), result = real(x, y);
        return double.IsFinite(result) || !double.IsFinite(x) || !double.IsFinite(y)
            ? result
            : throw new RenderError($"the result of '{symbol}' is no float: it is too large or not real");
    }

    private static bool Overflows(long a, long b, out long sum)
    {
        sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0;
    }

    private static double Power(double number, double exponent) =>
        number == 0 && exponent < 0 ? throw new RenderError("division by zero") : Math.Pow(number, exponent);

    private static double NotZero(double number) => number != 0 ? number : throw new RenderError("division by zero");

    private static BigInteger Modulo(BigInteger a, BigInteger b)
    {
        if (b.IsZero)
            throw new RenderError("division by zero");
        BigInteger rest = a % b;
        return !rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? rest + b : rest;
    }

    private static double Modulo(double a, double b)
    {
        double rest = a % NotZero(b);
        if (rest == 0)
            return double.CopySign(0, b);
        return (rest < 0) != (b < 0) ? rest + b : rest;
    }

    private static SequenceValue Join(RenderBudget budget, SequenceValue a, SequenceValue b)
    {
        budget.SpendList((long)a.Items.Length + b.Items.Length);
        return a.With([.. a.Items, .. b.Items]);
    }

    private static string Repeat(RenderBudget budget, string text, long count)
    {
        if (count <= 0 || text.Length == 0)
            return "";
        budget.SpendText(text.Length * Math.Min(count, RenderBudget.LongestText + 1));
        return new System.Text.StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString();
    }

    private static SequenceValue Repeat(RenderBudget budget, SequenceValue value, long count)
    {
        count = value.Items.Length == 0 ? 0 : Math.Max(count, 0);
        budget.SpendList(value.Items.Length * Math.Min(count, RenderBudget.MostElements + 1));
        object?[] items = new object?[value.Items.Length * count];
        for (int at = 0; at < items.Length; at += value.Items.Length)
            value.Items.CopyTo(items, at);
        return value.With(items);
    }
}
