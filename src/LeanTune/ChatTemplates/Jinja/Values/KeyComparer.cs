using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Compares keys of mappings: 1, 1.0 and true are one key, as in Python.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    public static readonly KeyComparer Instance = new();
    private static readonly object s_none = new();

    /// <summary>The form in which a value is a key, or null when it cannot be one.</summary>
    public static object? TryKey(object? value) => value switch
    {
        null => s_none,
        string or long or double or bool or BigInteger => value,
        TupleValue tuple when Array.TrueForAll(tuple.Items, static item => item is null or string or long or double or bool or BigInteger) => tuple,
        _ => null,
    };

    /// <summary>The value that a key stands for.</summary>
    public static object? ValueOf(object key) => ReferenceEquals(key, s_none) ? null : key;

    public new bool Equals(object? x, object? y)
    {
        if (x is string a && y is string b)
            return a == b;
        if (x is TupleValue left && y is TupleValue right)
            return left.Items.AsSpan().SequenceEqual(right.Items, EqualityComparer<object?>.Create(Equals));
        return ReferenceEquals(x, y) || (Number.IsNumber(x) && Number.IsNumber(y) && Number.AreEqual(x!, y!));
    }

    public int GetHashCode(object obj) => obj switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        TupleValue tuple => tuple.Items.Aggregate(tuple.Items.Length, (hash, item) => HashCode.Combine(hash, item is null ? 0 : GetHashCode(item))),
        _ when Number.IsNumber(obj) => Number.ToDouble(obj).GetHashCode(),
        _ => 0,
    };
}
