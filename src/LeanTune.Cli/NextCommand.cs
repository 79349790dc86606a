using LeanTune.Training;

namespace LeanTune.Cli;

/// <summary>Command lines to copy and run next, quoted for the shell.</summary>
internal static class NextCommand
{
    /// <summary>Continues a text with what a run produced.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="result">Its adapter folder, or its model folder when all weights were trained.</param>
    public static string Generate(FineTuneOptions options, string result)
    {
        string[] model = options.Adapter.Method == TrainingMethod.Full ? ["--model", result] : ["--model", options.Model.Path, "--adapter", result];
        string prompt = options.Sample is { Prompt: [{ Length: <= 60 } first, ..] } && !first.Contains('\n', StringComparison.Ordinal) ? first : "Once upon a time";
        return Line(["generate", .. model, "--prompt", prompt]);
    }

    /// <summary>Trains as a recipe says.</summary>
    public static string Train(string recipe) => Line(["train", recipe]);

    /// <summary>Goes on with an interrupted run.</summary>
    public static string Resume(string recipe, IEnumerable<string> overrides) =>
        Line(["train", recipe, .. overrides.Where(set => !set.StartsWith("training.resume=", StringComparison.Ordinal)).SelectMany(set => new[] { "--set", set }), "--set", "training.resume=true"]);

    /// <summary>Shows what a folder holds.</summary>
    public static string Inspect(string folder) => Line(["inspect", folder]);

    /// <summary>Makes a page of a run.</summary>
    public static string Report(string run) => Line(["report", run]);

    private static string Line(IEnumerable<string> arguments) => $"{Program} {string.Join(' ', arguments.Select(Quote))}";

    // Started from a checkout, the tool is not installed under its name.
    private static string Program =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) != "leantune" && File.Exists("src/LeanTune.Cli/LeanTune.Cli.csproj")
            ? "dotnet run -c Release --project src/LeanTune.Cli --"
            : "leantune";

    private static string Quote(string argument)
    {
        if (argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '=' or ':' or '\\' or ','))
            return OperatingSystem.IsWindows() || !argument.Contains('\\', StringComparison.Ordinal) ? argument : $"'{argument}'";
        return OperatingSystem.IsWindows()
            ? $"\"{argument.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
