using System.Globalization;
using LeanTune.Cli.Hub;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>
/// Finds the files that a recipe names. A relative path is tried from the current directory first, then from the folder of the recipe that
/// says it; the output folder always starts at the current directory. Names of the hub are checked for their form, and written with <c>hub:</c>.
/// </summary>
internal sealed class RecipePaths
{
    private const string NotExpanded = ": recipes expand neither variables nor ~; write the path out";

    private readonly RecipeMap _recipe;
    private readonly string _recipeFolder;
    private readonly List<string> _problems = [];

    private RecipePaths(RecipeMap recipe, string recipeFolder) => (_recipe, _recipeFolder) = (recipe, recipeFolder);

    /// <summary>The options with every input path as it can be opened.</summary>
    /// <exception cref="RecipeException">All paths that lead nowhere.</exception>
    public static FineTuneOptions Resolve(FineTuneOptions options, RecipeMap recipe, string recipeFolder)
    {
        (FineTuneOptions found, IReadOnlyList<string> problems) = Find(options, recipe, recipeFolder);
        return problems.Count == 0 ? found : throw new RecipeException(problems);
    }

    /// <summary>The options with every input path as it can be opened, where it can be; and the paths that lead nowhere, a line each.</summary>
    public static (FineTuneOptions Options, IReadOnlyList<string> Problems) Find(FineTuneOptions options, RecipeMap recipe, string recipeFolder)
    {
        RecipePaths paths = new(recipe, recipeFolder);
        FineTuneOptions found = options with
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
        // Such a folder could be made, which nobody means.
        else if (options.Output.Contains("${", StringComparison.Ordinal) || options.Output.StartsWith("~/", StringComparison.Ordinal))
            paths.Report("output", $"'{options.Output}'{NotExpanded}");
        return (found, paths._problems);
    }

    private DataSources Find(string key, DataSources sources) => DataSources.Create(
    [
        .. sources.Select((source, i) =>
        {
            string place = sources.Count == 1 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]");
            return source with
            {
                Path = Find(place, source.Path)!,
                Beside = source.Beside.Count == 0 ? source.Beside : [.. source.Beside.Select(beside => Find($"{place}.beside", beside)!)],
            };
        }),
    ]);

    private string? Find(string key, string? path, bool wantsFolder = false)
    {
        if (path is null)
            return null;
        string folder = RecipePlaces.Find(_recipe, key + ".path").Node.Line?.Folder ?? _recipeFolder;
        try
        {
            // A chat template is a file, a data set never goes without hub:.
            if ((wantsFolder ? HubName.OfModel(path, ".", folder) : HubName.OfExamples(path)) is { } name && key != "data.chat_template")
                return name.ToString();
        }
        catch (FormatException e)
        {
            return Report(key, e.Message, path);
        }

        string beside = Path.Combine(folder, path);
        foreach (string candidate in new[] { path, beside })
        {
            if (wantsFolder ? Directory.Exists(candidate) : DataSource.Exists(candidate))
                return candidate;
            if (wantsFolder && File.Exists(candidate))
            {
                string import = candidate.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? "; a GGUF file becomes one with the import command" : "";
                return Report(key, $"expected a folder; '{candidate}' is a file{import}", path);
            }
        }
        string first = Path.GetFullPath(path), second = Path.GetFullPath(beside);
        string looked = first == second ? $"looked for '{first}'" : $"looked for '{first}' and '{second}'";
        bool isPattern = !wantsFolder && path.AsSpan().ContainsAny('*', '?');
        if (path.Contains("${", StringComparison.Ordinal) || path.StartsWith("~/", StringComparison.Ordinal))
            return Report(key, $"'{path}'{NotExpanded}", path);
        return Report(key, isPattern ? $"no file matches this pattern ({looked})" : $"{(wantsFolder ? "folder" : "file or folder")} not found ({looked}){NearbyFile.Hint(path)}{HubName.Hint(path)}", path);
    }

    private string? Report(string key, string problem, string? stays = null)
    {
        _problems.Add($"{RecipePlaces.Find(_recipe, key + ".path").Location}: {key}: {problem}");
        return stays;
    }
}
