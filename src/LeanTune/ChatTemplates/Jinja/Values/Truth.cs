using System.Numerics;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Whether a value counts as true: empty things, zero, none and what is undefined do not.</summary>
internal static class Truth
{
    public static bool Of(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        BigInteger number => !number.IsZero,
        SequenceValue sequence => sequence.Items.Length > 0,
        DictValue dict => dict.Count > 0,
        DictView view => view.Count > 0,
        RangeValue range => range.Count > 0,
        _ => true,
    };
}
