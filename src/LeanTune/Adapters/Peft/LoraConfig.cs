namespace LeanTune.Adapters.Peft;

/// <summary>Settings of a LoRA adapter, as PEFT's <c>adapter_config.json</c> holds them.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank R of modules that no <see cref="RankPattern"/> names (<c>r</c>).</summary>
    /// <value>Default 8.</value>
    public int Rank { get; init; } = 8;

    /// <summary>Alpha of modules that no <see cref="AlphaPattern"/> names (<c>lora_alpha</c>): the branch is scaled by alpha / R.</summary>
    /// <value>Default 8.</value>
    public double Alpha { get; init; } = 8;

    /// <summary>Share of the branch's input that is dropped in training, from 0 to below 1 (<c>lora_dropout</c>).</summary>
    /// <value>Default 0.</value>
    public double Dropout { get; init; }

    /// <summary>Which modules get an adapter.</summary>
    /// <value>Default null: PEFT's default for the model's family.</value>
    public TargetModules? TargetModules { get; init; }

    /// <summary>Modules left out again: names, endings or one regular expression.</summary>
    /// <value>Default null: none.</value>
    public TargetModules? ExcludeModules { get; init; }

    /// <summary>Numbers of the blocks to adapt; needs <see cref="TargetModules"/> as a list. Entries that are a module's whole name are not restricted.</summary>
    /// <value>Default null: all.</value>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Name of the component before the block's number, such as <c>layers</c>; several are tried in order.</summary>
    /// <value>Default null: any.</value>
    public IReadOnlyList<string>? LayersPattern { get; init; }

    /// <summary>Ranks by module: the first key, in this order, whose regular expression matches the module's name or an ending of it after a dot.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Alphas by module, by the same rule as <see cref="RankPattern"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Tokens whose rows are trained by themselves, by the table's module (<c>trainable_token_indices</c>): <c>embed_tokens</c>, and <c>lm_head</c> where it is not tied.</summary>
    /// <value>Default empty: none.</value>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>> TrainedTokens { get; init; } = [];

    /// <summary>Scale by alpha / √R instead (rsLoRA).</summary>
    /// <value>Default false.</value>
    public bool UseRslora { get; init; }

    /// <summary>How a fresh adapter starts (<c>init_lora_weights</c>).</summary>
    /// <value>Default <see cref="LoraStart.Default"/>.</value>
    public LoraStart Start { get; init; } = LoraStart.Default;

    /// <summary>Hub id of the base model.</summary>
    /// <value>Default null: unknown.</value>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>Revision of the base model on the hub.</summary>
    /// <value>Default null: unstated.</value>
    public string? Revision { get; init; }

    /// <summary>PEFT's task; tells Python which model class to load.</summary>
    /// <value>Default <c>CAUSAL_LM</c>.</value>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>Rank R of one module.</summary>
    /// <exception cref="AdapterException">A pattern is not a valid regular expression.</exception>
    public int RankOf(string module) => FirstMatch(RankPattern, module, Rank);

    /// <summary>Alpha of one module.</summary>
    /// <exception cref="AdapterException">A pattern is not a valid regular expression.</exception>
    public double AlphaOf(string module) => FirstMatch(AlphaPattern, module, Alpha);

    /// <summary>Factor on one module's branch: alpha / R, or alpha / √R with rsLoRA (arXiv:2312.03732).</summary>
    /// <exception cref="AdapterException">A pattern is not a valid regular expression.</exception>
    public double ScaleOf(string module) => AlphaOf(module) / (UseRslora ? Math.Sqrt(RankOf(module)) : RankOf(module));

    /// <summary>Reads an <c>adapter_config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file; the nearest name is given.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">The file is not valid JSON, has a value of the wrong kind, or asks for something that is not supported; the key is named.</exception>
    public static LoraConfig Load(string path) => LoraConfigReader.Load(path).Config;

    /// <summary>The JSON text that PEFT reads: keys sorted, only those that old and new versions know.</summary>
    /// <exception cref="AdapterException">A value is out of range.</exception>
    public string ToJson() => LoraConfigWriter.ToJson(this);

    /// <summary>The same with more tokens trained, in some tables.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="tables">Modules of the tables, such as <c>model.embed_tokens</c>.</param>
    internal LoraConfig WithTokens(IReadOnlyList<int> ids, IEnumerable<string> tables)
    {
        if (ids.Count == 0) return this;
        List<KeyValuePair<string, IReadOnlyList<int>>> all = [.. TrainedTokens];
        foreach (string table in tables)
        {
            int at = all.FindIndex(entry => Peft.TargetModules.EntryMatches(entry.Key, table));
            if (at < 0) all.Add(new(table[(table.LastIndexOf('.') + 1)..], ids));
            else all[at] = new(all[at].Key, [.. all[at].Value, .. ids]);
        }

        return this with { TrainedTokens = all };
    }

    /// <exception cref="AdapterException">A value is out of range, or settings exclude each other.</exception>
    internal void Validate()
    {
        if (Rank < 1) throw new AdapterException($"r must be at least 1, but is {Rank}.");
        if (!double.IsFinite(Alpha)) throw new AdapterException($"lora_alpha must be a finite number, but is {Alpha}.");
        if (!(Dropout >= 0 && Dropout < 1)) throw new AdapterException($"lora_dropout must be from 0 to below 1, but is {Dropout}.");
        foreach ((string key, int rank) in RankPattern)
            if (rank < 1) throw new AdapterException($"rank_pattern: '{key}' must be at least 1, but is {rank}.");
        foreach ((string key, double alpha) in AlphaPattern)
            if (!double.IsFinite(alpha)) throw new AdapterException($"alpha_pattern: '{key}' must be a finite number, but is {alpha}.");
        foreach ((string table, IReadOnlyList<int> ids) in TrainedTokens)
        {
            if (ids.Count == 0 || ids.Any(id => id < 0)) throw new AdapterException($"trainable_token_indices: '{table}' needs ids of tokens, from 0.");
            if (ids.GroupBy(id => id).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new AdapterException($"trainable_token_indices: '{table}' has token {twice.Key} twice.");
        }

        if (LayersToTransform is not null && TargetModules is { Names: null })
            throw new AdapterException($"layers_to_transform needs target_modules as a list of names, but it is {TargetModules}.");
        if (LayersPattern is not null && LayersToTransform is null)
            throw new AdapterException("layers_pattern needs layers_to_transform beside it.");
    }

    private static T FirstMatch<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, string module, T otherwise)
    {
        foreach ((string key, T value) in patterns)
            if (PythonRegex.Ending(key).IsMatch(module)) return value;
        return otherwise;
    }
}
