using System.Text;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes.Shipped;

/// <summary>
/// Makes one file of a shipped recipe and of all that it builds on: its head, its values, and the comments behind them. What comes with the tool and is not
/// found from where the copy is used is named by its full path.
/// </summary>
/// <param name="recipe">What is copied.</param>
/// <param name="target">The file that it is written to.</param>
internal sealed class RecipeCopy(ShippedRecipe recipe, string target)
{
    private const int CommentColumn = 40;

    // Keys whose values are paths that are read.
    private static readonly string[] s_paths = ["model.path", "data.train", "data.validation", "data.chat_template", "adapter.continue_from"];

    private readonly StringBuilder _text = new();

    /// <summary>The copy's text.</summary>
    public string Write()
    {
        (RecipeMap keys, IReadOnlyList<string> files) = Recipe.Read(recipe.Path, []);
        RecipeComments comments = new(files);
        string[] order = [.. RecipeSchema.Keys(typeof(FineTuneOptions)).Select(key => key.Name)];
        foreach (string line in recipe.Head)
            _text.Append($"# {Command(line)}".TrimEnd()).Append('\n');
        foreach (RecipeEntry entry in keys.Entries.OrderBy(entry => Array.IndexOf(order, entry.Key)))
        {
            _text.Append('\n');
            WriteEntry(entry, comments, "", "");
        }
        return _text.ToString();
    }

    // The head's command runs the copy, by the tool that made it.
    private string Command(string line) => line
        .Replace($"recipes/{recipe.Name}.yaml", target, StringComparison.Ordinal)
        .Replace("dotnet run -c Release --project src/LeanTune.Cli --", "leantune", StringComparison.Ordinal);

    private void WriteEntry(RecipeEntry entry, RecipeComments comments, string indent, string section)
    {
        string path = section + entry.Key;
        int start = _text.Length;
        _text.Append(indent).Append(RecipeWriter.Text(entry.Key)).Append(':');
        // Of sections only; what holds names or paths stays on its line.
        if (section.Length == 0 && entry.Value is RecipeMap map)
        {
            _text.Append('\n');
            foreach (RecipeEntry inner in map.Entries)
                WriteEntry(inner, comments, indent + "  ", path + ".");
            return;
        }
        _text.Append(' ').Append(Flow(entry.Value, s_paths.Contains(path)));
        if (comments.Behind(entry.Value) is { } comment)
            _text.Append(' ', Math.Max(2, CommentColumn - 1 - (_text.Length - start))).Append("# ").Append(comment);
        _text.Append('\n');
    }

    private string Flow(RecipeNode value, bool isPath) => value switch
    {
        RecipeMap map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{RecipeWriter.Text(entry.Key)}: {Flow(entry.Value, isPath && entry.Key is "path" or "beside")}"))}}}",
        RecipeList list => $"[{string.Join(", ", list.Items.Select(item => Flow(item, isPath)))}]",
        RecipeScalar { Quoted: true } text => RecipeWriter.Text(isPath ? Found(text) : text.Text) is var written && written == text.Text ? $"\"{written}\"" : written,
        RecipeScalar plain when isPath && !plain.IsNull => RecipeWriter.Text(Found(plain)),
        RecipeScalar plain when plain.Text.AsSpan().ContainsAny(",[]{}") || plain.Text.Contains(": ", StringComparison.Ordinal) => RecipeWriter.Text(plain.Text),
        RecipeScalar plain => plain.Text,
        _ => throw new NotSupportedException($"Recipes hold no {value.GetType()}."),
    };

    private string Found(RecipeScalar path)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target))!, path.Text);
        if (Data.DataSource.Exists(path.Text) || Data.DataSource.Exists(beside))
            return path.Text;
        string[] shipped = [Path.Combine(path.Line?.Folder ?? ".", path.Text), Path.Combine(ShippedRecipes.Root, path.Text)];
        return Array.Find(shipped, Data.DataSource.Exists) is { } found ? Path.GetFullPath(found) : path.Text;
    }
}
