using LeanTune.Data;
using LeanTune.Hub;
using LeanTune.Training;

namespace LeanTune.Cli.Hub;

/// <summary>Turns names of the hub into paths, downloading what is not on this machine, and shows how it goes on standard error.</summary>
/// <param name="options">Where the hub and the cache are.</param>
/// <param name="error">Standard error.</param>
internal sealed class HubFiles(HubOptions options, TextWriter error)
{
    /// <summary>The hub and its cache.</summary>
    public HubOptions Options { get; } = options;

    /// <summary>The same with another cache.</summary>
    public HubFiles In(string cache) => new(Options with { Cache = Path.GetFullPath(cache) }, error);

    /// <summary>The folder of a model or adapter that a command line names: of the hub, or the path as it stands.</summary>
    /// <exception cref="UsageException">It starts with <c>hub:</c> and is no name.</exception>
    /// <exception cref="HubException">It cannot be had.</exception>
    public string Model(string text, ModelPart part = ModelPart.Weights)
    {
        try
        {
            return HubName.OfModel(text, ".") is { } reference ? Model(reference, part) : text;
        }
        catch (FormatException e)
        {
            throw new UsageException($"leantune: {e.Message}");
        }
    }

    /// <summary>A recipe's options with a path for every name of the hub.</summary>
    /// <param name="recipe">Paths, and names that start with <c>hub:</c>.</param>
    /// <param name="part">How much of the model is needed.</param>
    /// <exception cref="HubException">Something cannot be had.</exception>
    public FineTuneOptions Resolve(FineTuneOptions recipe, ModelPart part)
    {
        // The examples first: they are small, and a mistake in their names shows before gigabytes have come.
        DataOptions data = recipe.Data with { Train = Examples(recipe.Data.Train), Validation = recipe.Data.Validation is { } held ? Examples(held) : null };
        ModelPart most = recipe.Model.Start == WeightStart.Random && part == ModelPart.Weights ? ModelPart.Tokenizer : part;
        ModelOptions model = recipe.Model;
        if (IsName(model.Path))
        {
            HubReference reference = HubReference.Parse(model.Path, HubKind.Model);
            model = model with { Path = Model(reference, most), HubId = model.HubId ?? reference.Id };
        }

        string? adapter = recipe.Adapter.ContinueFrom;
        if (adapter is not null && IsName(adapter) && part == ModelPart.Weights)
            adapter = Model(HubReference.Parse(adapter, HubKind.Model), part);
        return recipe with { Model = model, Data = data, Adapter = recipe.Adapter with { ContinueFrom = adapter } };
    }

    /// <summary>The same options with names instead of paths into the cache: at the commit that is used, so that they stand for the same files on another machine.</summary>
    public FineTuneOptions Named(FineTuneOptions resolved)
    {
        string Named(string path) => HubCachePath.NameOf(path, Options.Cache) ?? path;
        DataSources Sources(DataSources sources) => DataSources.Create([.. sources.Select(source => source with { Path = Named(source.Path), Beside = source.Beside.Count == 0 ? source.Beside : [.. source.Beside.Select(Named)] })]);
        return resolved with
        {
            Model = resolved.Model with { Path = Named(resolved.Model.Path) },
            Data = resolved.Data with { Train = Sources(resolved.Data.Train), Validation = resolved.Data.Validation is { } held ? Sources(held) : null },
            Adapter = resolved.Adapter with { ContinueFrom = resolved.Adapter.ContinueFrom is { } adapter ? Named(adapter) : null },
        };
    }

    /// <summary>Fetches with a client whose events are shown.</summary>
    /// <param name="fetch">Downloads; ends when Ctrl+C is pressed.</param>
    public HubSnapshot Fetch(Func<HubClient, CancellationToken, Task<HubSnapshot>> fetch)
    {
        using Interruption interruption = new(static () => { });
        using DownloadDisplay display = DownloadDisplay.On(error);
        using HubClient client = new(Options, display.Show);
        return fetch(client, interruption.Token).GetAwaiter().GetResult();
    }

    private string Model(HubReference reference, ModelPart part) => Fetch((client, cancel) => client.ModelAsync(reference, part, cancel)).Folder;

    private DataSources Examples(DataSources sources) => DataSources.Create(
    [
        .. sources.Select(source => source with { Path = Examples(source.Path), Beside = source.Beside.Count == 0 ? source.Beside : [.. source.Beside.Select(Examples)] }),
    ]);

    private string Examples(string path)
    {
        if (!IsName(path))
            return path;
        HubSnapshot snapshot = Fetch((client, cancel) => client.ExamplesAsync(HubReference.Parse(path, HubKind.Dataset), cancel));
        return Path.Combine([snapshot.Folder, .. snapshot.Reference.Files!.Split('/')]);
    }

    private static bool IsName(string path) => path.StartsWith(HubReference.Prefix, StringComparison.Ordinal);
}
