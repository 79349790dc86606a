using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace LeanTune.Cli.Recipes.Shipped;

/// <summary>The comments behind the values of recipe files, which parsing drops.</summary>
internal sealed class RecipeComments
{
    private readonly Dictionary<RecipeLine, string> _comments = [];

    /// <summary>Reads the comments of files that are known to be YAML.</summary>
    public RecipeComments(IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            Scanner scanner = new(new StringReader(RecipeFile.Read(file)), skipComments: false);
            while (scanner.MoveNext())
                if (scanner.Current is Comment { IsInline: true } comment)
                    _comments[new(file, comment.Start.Line)] = comment.Value.Trim();
        }
    }

    /// <summary>The comment behind a value; null without one.</summary>
    public string? Behind(RecipeNode value) => value.Line is { } line ? _comments.GetValueOrDefault(line) : null;
}
