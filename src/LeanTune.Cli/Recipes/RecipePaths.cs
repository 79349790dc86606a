using System.Globalization;
using LeanTune.Cli.Hub;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>
/// Finds the files that a recipe names. A relative path is tried from the current directory first, then from the recipe's folder;
/// the output folder always starts at the current directory. Names of the hub are checked for their form, and written with <c>hub:</c>.
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
                Train = paths.Find("data.train", options.Data.Train),
                Validation = options.Data.Validation is { } validation ? paths.Find("data.validation", validation) : null,
                ChatTemplate = paths.Find("data.chat_template", options.Data.ChatTemplate),
            },
            Adapter = options.Adapter with { ContinueFrom = paths.Find("adapter.continue_from", options.Adapter.ContinueFrom, wantsFolder: true) },
        };
        if (File.Exists(options.Output))
            paths.Report("output", $"expected a folder; '{options.Output}' is a file");
        return paths._problems.Count == 0 ? resolved : throw new RecipeException(paths._problems);
    }

    private DataSources Find(string key, DataSources sources) => DataSources.Create(
    [
        .. sources.Select((source, i) =>
        {
            string place = sources.Count == 1 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]");
            return source with
            {
                Path = Find(place, source.Path) ?? source.Path,
                Beside = source.Beside.Count == 0 ? source.Beside : [.. source.Beside.Select(beside => Find($"{place}.beside", beside) ?? beside)],
            };
        }),
    ]);

    private string? Find(string key, string? path, bool wantsFolder = false)
    {
        if (path is null)
            return null;
        try
        {
            // A chat template is a file, a data set never goes without hub:.
            if ((wantsFolder ? HubName.OfModel(path, ".", _recipeFolder) : HubName.OfExamples(path)) is { } name && key != "data.chat_template")
                return name.ToString();
        }
        catch (FormatException e)
        {
            return Report(key, e.Message);
        }

        string beside = Path.Combine(_recipeFolder, path);
        foreach (string candidate in new[] { path, beside })
        {
            if (wantsFolder ? Directory.Exists(candidate) : DataSource.Exists(candidate))
                return candidate;
            if (wantsFolder && File.Exists(candidate))
            {
                string import = candidate.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? "; a GGUF file becomes one with the import command" : "";
                return Report(key, $"expected a folder; '{candidate}' is a file{import}");
            }
        }
        string first = Path.GetFullPath(path), second = Path.GetFullPath(beside);
        string looked = first == second ? $"looked for '{first}'" : $"looked for '{first}' and '{second}'";
        bool isPattern = !wantsFolder && path.AsSpan().ContainsAny('*', '?');
        return Report(key, isPattern ? $"no file matches this pattern ({looked})" : $"{(wantsFolder ? "folder" : "file or folder")} not found ({looked}){NearbyFile.Hint(path)}{HubName.Hint(path)}");
    }

    private string? Report(string key, string problem)
    {
        _problems.Add($"{RecipeBinder.Locate(_recipe, key + ".path")}: {key}: {problem}");
        return null;
    }
}
