using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>
/// Finds the files that a recipe names. A relative path is tried from the current directory first, then from the recipe's folder;
/// the output folder always starts at the current directory.
/// </summary>
internal sealed class RecipePaths
{
    private readonly RecipeMap _recipe;
    private readonly string _recipeFolder;
    private readonly List<string> _problems = [];

    private RecipePaths(RecipeMap recipe, string recipeFolder) => (_recipe, _recipeFolder) = (recipe, recipeFolder);

    /// <summary>The options with every input path as it can be opened.</summary>
    /// <exception cref="RecipeException">All paths that lead nowhere.</exception>
    public static FineTuneOptions Resolve(FineTuneOptions options, RecipeMap recipe, string recipeFolder)
    {
        RecipePaths paths = new(recipe, recipeFolder);
        FineTuneOptions resolved = options with
        {
            Model = options.Model with { Path = paths.Find("model.path", options.Model.Path, wantsFolder: true)! },
            Data = options.Data with
            {
                Train = paths.Find("data.train", options.Data.Train)!,
                Validation = paths.Find("data.validation", options.Data.Validation),
                ChatTemplate = paths.Find("data.chat_template", options.Data.ChatTemplate),
            },
            Adapter = options.Adapter with { ContinueFrom = paths.Find("adapter.continue_from", options.Adapter.ContinueFrom, wantsFolder: true) },
        };
        if (File.Exists(options.Output))
            paths.Report("output", $"expected a folder; '{options.Output}' is a file");
        return paths._problems.Count == 0 ? resolved : throw new RecipeException(paths._problems);
    }

    private string? Find(string key, string? path, bool wantsFolder = false)
    {
        if (path is null)
            return null;
        string beside = Path.Combine(_recipeFolder, path);
        foreach (string candidate in new[] { path, beside })
        {
            if (Directory.Exists(candidate) || (!wantsFolder && File.Exists(candidate)))
                return candidate;
            if (wantsFolder && File.Exists(candidate))
            {
                string import = candidate.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? "; a GGUF file becomes one with the import command" : "";
                return Report(key, $"expected a folder; '{candidate}' is a file{import}");
            }
        }
        string first = Path.GetFullPath(path), second = Path.GetFullPath(beside);
        string looked = first == second ? $"looked for '{first}'" : $"looked for '{first}' and '{second}'";
        return Report(key, $"{(wantsFolder ? "folder" : "file or folder")} not found ({looked}){NearbyFile.Hint(path)}");
    }

    private string? Report(string key, string problem)
    {
        _problems.Add($"{RecipeBinder.Locate(_recipe, key)}: {key}: {problem}");
        return null;
    }
}
