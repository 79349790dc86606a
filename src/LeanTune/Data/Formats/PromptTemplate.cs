using System.Text;

namespace LeanTune.Data;

/// <summary>A text with places for a record's fields, such as <c>Question: {question}\nAnswer:</c>. <c>{{</c> and <c>}}</c> stand for braces.</summary>
internal sealed class PromptTemplate
{
    private readonly IReadOnlyList<(string Text, bool IsField)> _parts;

    private PromptTemplate(IReadOnlyList<(string Text, bool IsField)> parts) => _parts = parts;

    /// <summary>The fields that it names, each once.</summary>
    public IReadOnlyList<string> Fields => [.. _parts.Where(part => part.IsField).Select(part => part.Text).Distinct()];

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">A brace has no partner, or holds no name; the message says which, counting characters from 1.</exception>
    public static PromptTemplate Parse(string template)
    {
        var parts = new List<(string, bool)>();
        var text = new StringBuilder();
        for (int at = 0; at < template.Length; at++)
        {
            char c = template[at];
            if (c is '{' or '}' && at + 1 < template.Length && template[at + 1] == c)
                text.Append(template[at++]);
            else if (c == '}')
                throw new FormatException($"the brace '}}' at character {at + 1} closes nothing: write }}}} for a brace");
            else if (c == '{')
            {
                int end = template.AsSpan(at + 1).IndexOfAny('{', '}');
                if (end < 0 || template[at + 1 + end] == '{')
                    throw new FormatException($"the brace '{{' at character {at + 1} is not closed: expected a field's name and '}}', or {{{{ for a brace");
                if (end == 0)
                    throw new FormatException($"the braces at character {at + 1} hold no field's name");
                parts.Add((text.ToString(), false));
                text.Clear();
                parts.Add((template.Substring(at + 1, end), true));
                at += end + 1;
            }
            else
                text.Append(c);
        }

        parts.Add((text.ToString(), false));
        return new PromptTemplate(parts);
    }

    /// <summary>The text with every field in its place.</summary>
    public string Fill(Func<string, string> field) => string.Concat(_parts.Select(part => part.IsField ? field(part.Text) : part.Text));
}
