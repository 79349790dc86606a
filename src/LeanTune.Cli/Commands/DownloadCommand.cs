using System.CommandLine;
using LeanTune.Cli.Hub;
using LeanTune.Hub;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune download OWNER/NAME</c>: gets a model or a data set from the hub, and says where it lies.</summary>
internal static class DownloadCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, Func<ParseResult, HubFiles> hub)
    {
        Argument<string> name = PathArgument.Create("NAME", "The repository: owner/name, or owner/name@revision (a branch, a tag or a commit).");
        Option<bool> dataset = new("--dataset") { Description = "It is a data set: files of examples (JSONL, JSON, CSV, TSV, Parquet, text)." };
        Option<string[]> file = new("--file") { Description = "Only these files: a name, or a pattern with *, ? and **. May be repeated.", HelpName = "PATTERN" };
        Option<string?> cache = new("--cache") { Description = "The folder to download into, instead of the hub's usual cache.", HelpName = "DIR" };
        Command command = new("download", "Get a model or a data set from the hub, or bring it up to date. Goes on where it broke off; checks every hash.") { name, dataset, file, cache };
        command.SetAction(parsed => Run(console.Profile.Out.Writer, hub(parsed), parsed.GetRequiredValue(name), parsed.GetValue(dataset), parsed.GetValue(file) ?? [], parsed.GetValue(cache)));
        return (command, """
            leantune download HuggingFaceTB/SmolLM2-135M-Instruct
            leantune download Qwen/Qwen3-0.6B@main --cache models
            leantune download --dataset openai/gsm8k --file "main/*.parquet"
            leantune download bartowski/SmolLM2-135M-Instruct-GGUF --file "*Q8_0.gguf"
            """);
    }

    private static int Run(TextWriter output, HubFiles hub, string name, bool isDataset, string[] files, string? cache)
    {
        HubReference reference;
        try
        {
            reference = HubReference.Parse(name, isDataset ? HubKind.Dataset : HubKind.Model);
        }
        catch (FormatException e)
        {
            throw new UsageException($"leantune: {e.Message}");
        }

        HubFiles into = cache is null ? hub : hub.In(cache);
        HubSnapshot snapshot = into.Fetch((client, cancel) => client.UpdateAsync(reference, files, cancel));
        output.WriteLine($"{(isDataset ? "Data set" : "Model")}: {snapshot.Reference with { Files = null }}");
        output.WriteLine($"Folder: {snapshot.Folder}");
        if (isDataset)
            WriteSets(output, snapshot, reference, cache is null);
        else if (snapshot.Files.Contains(Checkpoints.HubFolder.ConfigName))
            output.WriteLine($"In a recipe: model: {{path: {(cache is null ? reference with { Files = null } : snapshot.Folder)}}}");
        return ExitCode.Done;
    }

    private static void WriteSets(TextWriter output, HubSnapshot snapshot, HubReference reference, bool isUsual)
    {
        output.WriteLine("In a recipe, one of:");
        foreach (string set in snapshot.Sets.Take(20))
            output.WriteLine($"  data: {{train: \"{(isUsual ? reference with { Files = set } : Path.Combine(snapshot.Folder, set))}\"}}");
        if (snapshot.Sets.Count > 20)
            output.WriteLine($"  … and {snapshot.Sets.Count - 20} more");
    }
}
