using LeanTune.Cli.Hub;
using LeanTune.Hub;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>A recipe file with its overrides, as typed options: what <c>train</c> and <c>inspect</c> start from.</summary>
internal sealed class Recipe
{
    private readonly string _folder;

    private Recipe(RecipeMap keys, IReadOnlyList<string> files, FineTuneOptions stated)
    {
        Keys = keys;
        Files = files;
        _folder = files.Count > 0 ? new RecipeLine(files[0], 1).Folder : ".";
        Stated = stated;
    }

    /// <summary>The keys that are stated, in the recipe, in those that it builds on, or by <c>--set</c>.</summary>
    public RecipeMap Keys { get; }

    /// <summary>The recipe's file, then those that it builds on.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The options as stated, paths included.</summary>
    public FineTuneOptions Stated { get; }

    /// <summary>Reads a recipe and checks everything but the paths in it.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">The <c>--set</c> assignments, in order.</param>
    /// <exception cref="RecipeException">The file cannot be read, or does not fit.</exception>
    public static Recipe Load(string path, IEnumerable<string> overrides)
    {
        (RecipeMap keys, IReadOnlyList<string> files) = Read(path, overrides);
        return new(keys, files, RecipeBinder.Bind(keys));
    }

    /// <summary>The keys of a recipe, of those that it builds on, and of the overrides, whatever they say; and the files that they come from.</summary>
    /// <exception cref="RecipeException">A file cannot be read, or an override is none.</exception>
    public static (RecipeMap Keys, IReadOnlyList<string> Files) Read(string path, IEnumerable<string> overrides)
    {
        (RecipeMap keys, IReadOnlyList<string> files) = RecipeBases.Read(path);
        foreach (string assignment in overrides)
            RecipeOverrides.Apply(keys, assignment);
        return (keys, files);
    }

    /// <summary>The recipe of a file of examples and a model alone, everything else at its default: enough to look at the examples.</summary>
    /// <param name="data">File, folder or pattern.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="overrides">The <c>--set</c> assignments, in order.</param>
    /// <exception cref="RecipeException">An assignment does not fit.</exception>
    public static Recipe ForData(string data, string model, IEnumerable<string> overrides)
    {
        const string place = "command line";
        RecipeEntry Entry(string key, string name, string text) => new(key, place, new RecipeMap([new(name, place, new RecipeScalar(text, Quoted: true, place))], place));
        RecipeMap keys = new([Entry("model", "path", model), Entry("data", "train", data), new("output", place, new RecipeScalar("runs", Quoted: true, place))], place);
        foreach (string assignment in overrides)
            RecipeOverrides.Apply(keys, assignment);
        return new(keys, [], RecipeBinder.Bind(keys));
    }

    /// <summary>The options with every input path as it can be opened; names of the hub are left as they are.</summary>
    /// <exception cref="RecipeException">All paths that lead nowhere.</exception>
    public FineTuneOptions Resolve() => RecipePaths.Resolve(Stated, Keys, _folder);

    /// <summary>The options with every input path as it can be opened, where it can be; and the paths that lead nowhere, a line each.</summary>
    public (FineTuneOptions Options, IReadOnlyList<string> Problems) FindPaths() => RecipePaths.Find(Stated, Keys, _folder);

    /// <summary>The options with every input as a path that can be opened: of the hub, once everything else is right, what is not on this machine is downloaded.</summary>
    /// <param name="hub">Where from.</param>
    /// <param name="part">How much of the model is needed.</param>
    /// <exception cref="RecipeException">All paths that lead nowhere.</exception>
    /// <exception cref="HubException">Something of the hub cannot be had.</exception>
    public FineTuneOptions Resolve(HubFiles hub, ModelPart part = ModelPart.Weights) => hub.Resolve(Resolve(), part);

    /// <summary>The same problem with the place of its key, for problems that only show once files are open.</summary>
    public RecipeException Locate(OptionsException problem) => new(problem, RecipePlaces.Find(Keys, problem.Key).Location);
}
