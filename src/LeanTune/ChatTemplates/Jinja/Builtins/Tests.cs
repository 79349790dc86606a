using System.Collections.Frozen;
using System.Numerics;
using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;
using LeanTune.Checkpoints;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>All tests by name.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Test> s_all = Kinds().Concat(Comparisons()).ToFrozenDictionary(static test => test.Name, StringComparer.Ordinal);

    public static Test? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>What to say of a test that is not there.</summary>
    public static string Problem(string name) =>
        $"there is no test '{(name.Length <= 40 ? name : name[..40] + "…")}'{(name.Length <= 40 ? NearestName.Hint(name, s_all.Keys) : "")}";

    private static IEnumerable<Test> Kinds()
    {
        yield return Of("defined", static value => value is not Undefined);
        yield return Of("undefined", static value => value is Undefined);
        yield return Of("none", static value => value is null);
        yield return Of("boolean", static value => value is bool);
        yield return Of("true", static value => value is true);
        yield return Of("false", static value => value is false);
        yield return Of("integer", static value => value is long or BigInteger);
        yield return Of("float", static value => value is double);
        yield return Of("number", Number.IsNumber);
        yield return Of("string", static value => value is string);
        yield return Of("mapping", static value => value is DictValue);
        yield return Of("sequence", static value => value is string or SequenceValue or DictValue or RangeValue or Undefined);
        yield return Of("iterable", static value => value is string or SequenceValue or DictValue or DictView or RangeValue or GeneratorValue or Undefined);
        yield return Of("callable", static value => value is Callable or Undefined);
        yield return Of("escaped", static _ => false);
        yield return new Test("lower", 0, static (run, value, _) => LetterCase.IsLower(TextFilters.Text(run, value)));
        yield return new Test("upper", 0, static (run, value, _) => LetterCase.IsUpper(TextFilters.Text(run, value)));
        yield return Of("filter", static value => value is string name && Filters.Find(name) is not null);
        yield return Of("test", static value => value is string name && Find(name) is not null);
        yield return Of("odd", static value => Number.AreEqual(Arithmetic.Remainder(value, Boxed.Of(2)), 1L));
        yield return Of("even", static value => IsDivisible(value, Boxed.Of(2)));
        yield return new Test("divisibleby", 1, static (_, value, arguments) => IsDivisible(value, arguments[0]));
        yield return new Test("sameas", 1, static (_, value, arguments) => IsSame(value, arguments[0]));
        yield return new Test("in", 1, static (run, value, arguments) => Equality.Contains(run.Budget, arguments[0], value));
    }

    private static IEnumerable<Test> Comparisons()
    {
        (string[] Names, Func<RenderBudget, object?, object?, bool> Holds)[] comparisons =
        [
            (["eq", "equalto", "=="], Equality.AreEqual),
            (["ne", "!="], static (budget, a, b) => !Equality.AreEqual(budget, a, b)),
            (["lt", "lessthan", "<"], static (budget, a, b) => Ordering.Compare(budget, a, b) < 0),
            (["le", "<="], static (budget, a, b) => Ordering.Compare(budget, a, b) <= 0),
            (["gt", "greaterthan", ">"], static (budget, a, b) => Ordering.Compare(budget, a, b) > 0),
            (["ge", ">="], static (budget, a, b) => Ordering.Compare(budget, a, b) >= 0),
        ];
        foreach ((string[] names, Func<RenderBudget, object?, object?, bool> holds) in comparisons)
            foreach (string name in names)
                yield return new Test(name, 1, (run, value, arguments) => holds(run.Budget, value, arguments[0]));
    }

    private static Test Of(string name, Func<object?, bool> holds) => new(name, 0, (_, value, _) => holds(value));

    private static bool IsDivisible(object? value, object? divisor) => !Truth.Of(Arithmetic.Remainder(value, divisor));

    // Identity: of small values their equality.
    private static bool IsSame(object? a, object? b) => (a, b) switch
    {
        (bool x, bool y) => x == y,
        (long x, long y) => x == y,
        (string x, string y) => x == y,
        _ => ReferenceEquals(a, b),
    };
}
