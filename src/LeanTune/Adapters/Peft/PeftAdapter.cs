using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>A LoRA adapter read from a PEFT folder: its configuration and its matrices.</summary>
/// <remarks>Owns the tensors: they end with it. <see cref="PeftFolder.Read"/> makes it.</remarks>
public sealed class PeftAdapter : IDisposable
{
    private const int MostProblemsNamed = 8;

    private readonly string _file;

    internal PeftAdapter(string file, LoraConfig config, IReadOnlyList<LoraFactors> factors, IReadOnlyList<TokenValues> tokens, IReadOnlyList<string> ignoredKeys)
    {
        _file = file;
        Config = config;
        Factors = factors;
        Tokens = tokens;
        IgnoredKeys = ignoredKeys;
    }

    /// <summary>The folder's configuration.</summary>
    public LoraConfig Config { get; }

    /// <summary>A and B of each module, in the file's data type and order, on the CPU, without gradient; never empty.</summary>
    public IReadOnlyList<LoraFactors> Factors { get; }

    /// <summary>Rows of trained tokens, one entry a table, in the file's data type, on the CPU, without gradient; mostly empty.</summary>
    public IReadOnlyList<TokenValues> Tokens { get; }

    /// <summary>Keys of adapter_config.json that are not known, hold a plain number or text, and had no effect; worth a line to the user.</summary>
    public IReadOnlyList<string> IgnoredKeys { get; }

    /// <summary>Checks that the adapter belongs to a model: the same modules as its configuration selects there, each of the layer's width.</summary>
    /// <param name="linears">All linear layers, head included: name, and the weight's out and in.</param>
    /// <param name="modelType"><c>model_type</c> of the model's config.json.</param>
    /// <returns>What the configuration means on the model; each of its modules has its factors here.</returns>
    /// <exception cref="AdapterException">The configuration selects nothing on this model.</exception>
    /// <exception cref="CheckpointFormatException">A module is missing, is not in the model or has other widths; the first few are named, the rest counted.</exception>
    public AdapterPlan MatchModel(IReadOnlyList<(string Name, long Out, long In)> linears, string modelType)
    {
        AdapterPlan plan = AdapterPlan.Match(Config, [.. linears.Select(linear => linear.Name)], modelType);
        Dictionary<string, (string Name, long Out, long In)> byName = linears.ToDictionary(linear => linear.Name, StringComparer.Ordinal);
        HashSet<string> selected = [.. plan.Modules.Select(module => module.Module)];
        HashSet<string> held = [.. Factors.Select(factors => factors.Module)];
        List<string> problems = [];
        foreach (LoraFactors factors in Factors)
        {
            if (!byName.TryGetValue(factors.Module, out (string Name, long Out, long In) linear))
                problems.Add($"the model has no linear layer '{factors.Module}'{NearestName.Hint(factors.Module, byName.Keys)}");
            else if (!selected.Contains(factors.Module))
                problems.Add($"'{factors.Module}' is not selected by the configuration");
            else if (factors.A.shape[1] != linear.In || factors.B.shape[0] != linear.Out)
                problems.Add($"'{factors.Module}' adapts a layer from {factors.A.shape[1]} to {factors.B.shape[0]} features, the model's goes from {linear.In} to {linear.Out}");
        }

        problems.AddRange(selected.Except(held).Select(module => $"lora_A and lora_B of '{module}' are missing"));
        return problems.Count == 0 ? plan : throw Misfit(problems);
    }

    /// <summary>Checks that the trained tokens belong to a model: each table is one of its own, has such a token, and rows of that width.</summary>
    /// <param name="tables">The model's embedding, and its head where it is not tied: module, tokens and width.</param>
    /// <returns><see cref="Tokens"/>.</returns>
    /// <exception cref="CheckpointFormatException">A table is not the model's, is too short or has another width.</exception>
    public IReadOnlyList<TokenValues> MatchTokens(IReadOnlyList<(string Module, long Tokens, long Width)> tables)
    {
        List<string> problems = [];
        foreach (TokenValues values in Tokens)
        {
            (string? module, long tokens, long width) = tables.FirstOrDefault(table => table.Module == values.Module);
            if (module is null)
                problems.Add($"it trains tokens of '{values.Module}'; the model's own tables are {string.Join(" and ", tables.Select(table => table.Module))}");
            else if (values.Values.shape[1] != width)
                problems.Add($"its rows of '{module}' have {values.Values.shape[1]} numbers, the model's {width}");
            else if (values.Ids.Max() >= tokens)
                problems.Add($"it trains token {values.Ids.Max()} of '{module}', the model has {tokens}: the tables must be grown for it");
        }

        return problems.Count == 0 ? Tokens : throw Misfit(problems);
    }

    private CheckpointFormatException Misfit(List<string> problems)
    {
        string more = problems.Count > MostProblemsNamed ? $"; and {problems.Count - MostProblemsNamed} more" : "";
        return new CheckpointFormatException(_file, null, "does not fit this base model: " + string.Join("; ", problems.Take(MostProblemsNamed)) + more);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (LoraFactors factors in Factors)
        {
            factors.A.Dispose();
            factors.B.Dispose();
        }

        foreach (TokenValues values in Tokens) values.Values.Dispose();
    }
}
