using System.Globalization;
using System.Text;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>Writes options as a recipe that states every key, so that a run folder says exactly what was run.</summary>
internal static class RecipeWriter
{
    private const int CommentColumn = 44;

    /// <summary>YAML that <see cref="RecipeBinder"/> reads back to equal options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="comment">What stands behind the value of a dotted key; null for no comments.</param>
    public static string Write(FineTuneOptions options, Func<string, string>? comment = null)
    {
        StringBuilder yaml = new();
        WriteSection(yaml, options, typeof(FineTuneOptions), "", "", comment);
        return yaml.ToString();
    }

    private static void WriteSection(StringBuilder yaml, object section, Type type, string indent, string path, Func<string, string>? comment)
    {
        foreach (RecipeKey key in RecipeSchema.Keys(type))
        {
            object? value = key.Property.GetValue(section);
            int start = yaml.Length;
            yaml.Append(indent).Append(key.Name).Append(':');
            if (value is DataSources sources)
                WriteSources(yaml.Append('\n'), sources, indent + "  ", path + key.Name, comment);
            else if (value is not null && RecipeSchema.IsSection(key.Type))
            {
                yaml.Append('\n');
                WriteSection(yaml, value, key.Type, indent + "  ", $"{path}{key.Name}.", comment);
            }
            else
            {
                yaml.Append(' ').Append(Value(value));
                if (comment is not null)
                    yaml.Append(' ', Math.Max(2, CommentColumn - (yaml.Length - start))).Append("# ").Append(comment(path + key.Name));
                yaml.Append('\n');
            }
        }
    }

    // A list whose items state every key, what they share included.
    private static void WriteSources(StringBuilder yaml, DataSources sources, string indent, string path, Func<string, string>? comment)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            int start = yaml.Length;
            WriteSection(yaml, sources[i], typeof(DataSource), indent + "  ", string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]."), comment);
            yaml[start + indent.Length] = '-';
        }
    }

    /// <summary>One value as YAML on one line.</summary>
    public static string Value(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => Text(text),
        IReadOnlyList<string> texts => $"[{string.Join(", ", texts.Select(Text))}]",
        IReadOnlyDictionary<string, string> names => $"{{{string.Join(", ", names.Select(pair => $"{Text(pair.Key)}: {Text(pair.Value)}"))}}}",
        Enum name => RecipeSchema.Name(name.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"Recipes cannot hold values of type {value.GetType()}."),
    };

    /// <summary>A text as YAML on one line, quoted where it must be.</summary>
    public static string Text(string text)
    {
        bool plain = text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && !new RecipeScalar(text, false, "").IsNull;
        if (plain)
            return text;
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                // What YAML takes for a line break or drops is escaped too.
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }
}
