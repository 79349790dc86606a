using System.Globalization;

namespace LeanTune.Cli.Recipes;

/// <summary>Reads one scalar of a recipe as the type that its option has.</summary>
internal static class RecipeScalarReader
{
    /// <summary>The typed value, or what was expected instead.</summary>
    /// <param name="scalar">The scalar; not null.</param>
    /// <param name="type">The option's type.</param>
    /// <param name="value">The value, when the answer is null.</param>
    /// <returns>Null when it could be read, else the problem.</returns>
    public static string? Read(RecipeScalar scalar, Type type, out object? value)
    {
        value = null;
        string text = scalar.Text;
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (type == typeof(string))
        {
            value = text;
            return null;
        }
        if (type.IsEnum)
            return ReadName(scalar, type, out value);
        if (scalar.Quoted)
            return $"expected {Expected(type)}; found the text {scalar.Description}: remove the quotes";
        if (type == typeof(bool))
            value = text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null };
        else if (type == typeof(int))
            value = int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out int whole) ? whole : null;
        else if (type == typeof(long))
            value = long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long big) ? big : null;
        else if (type == typeof(ulong))
            value = ulong.TryParse(text, NumberStyles.None, culture, out ulong natural) ? natural : null;
        else if (type == typeof(double))
            value = double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, culture, out double number)
                && double.IsFinite(number) ? number : null;
        else
            throw new NotSupportedException($"Recipes cannot hold values of type {type}.");
        return value is null ? $"expected {Expected(type)}; found {scalar.Description}" : null;
    }

    private static string? ReadName(RecipeScalar scalar, Type type, out object? value)
    {
        Dictionary<string, object> names = Enum.GetValues(type).Cast<object>().ToDictionary(item => RecipeSchema.Name(item.ToString()!));
        return names.TryGetValue(scalar.Text, out value)
            ? null
            : $"expected one of {string.Join(", ", names.Keys)}; found {scalar.Description}{NearestSpelling.Hint(scalar.Text, names.Keys)}";
    }

    /// <summary>What a key of this type wants, for messages.</summary>
    public static string Expected(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(int) ? "a whole number"
        : type == typeof(long) ? "a whole number"
        : type == typeof(ulong) ? "a whole number from 0"
        : "a number";
}
