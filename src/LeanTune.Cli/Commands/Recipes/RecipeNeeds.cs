using LeanTune.Hub;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.Recipes;

/// <summary>Says what a recipe takes from the hub.</summary>
internal static class RecipeNeeds
{
    /// <summary>Writes a line when there is any.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="found">Options in which names of the hub start with <c>hub:</c>.</param>
    public static void Write(TextWriter output, FineTuneOptions found)
    {
        string?[] paths = [found.Model.Path, .. found.Data.Train.Select(source => source.Path), .. found.Data.Validation?.Select(source => source.Path) ?? [], found.Adapter.ContinueFrom];
        string[] names = [.. paths.OfType<string>().Where(path => path.StartsWith(HubReference.Prefix, StringComparison.Ordinal)).Distinct()];
        if (names.Length > 0)
            output.WriteLine($"Downloaded by the first run, unless they are on this machine: {string.Join(", ", names)}");
    }
}
