namespace LeanTune.Adapters.Peft;

/// <summary>Which modules are meant, as PEFT spells it: a list of names or name endings, one regular expression, or <c>all-linear</c>.</summary>
public sealed class TargetModules
{
    private const string AllLinearSpelling = "all-linear";

    // Characters that no module name holds, but for '.', which both spellings use.
    private static readonly System.Buffers.SearchValues<char> RegexCharacters = System.Buffers.SearchValues.Create(@"*+?()[]{}|^$\");

    // PEFT's own defaults for the families of this library.
    private static readonly Dictionary<string, string[]> Defaults = new(StringComparer.Ordinal)
    {
        ["llama"] = ["q_proj", "v_proj"],
        ["mistral"] = ["q_proj", "v_proj"],
        ["qwen2"] = ["q_proj", "v_proj"],
        ["qwen3"] = ["q_proj", "v_proj"],
    };

    private readonly PythonRegex? _regex;

    private TargetModules(IReadOnlyList<string>? names, string? pattern)
    {
        Names = names;
        Pattern = pattern;
        _regex = pattern is null ? null : PythonRegex.FullMatch(pattern);
    }

    /// <summary>Every linear layer of the transformer blocks; not the head.</summary>
    public static TargetModules AllLinear { get; } = new(null, null);

    /// <summary>Names or name endings, or null for a regular expression or <see cref="AllLinear"/>.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Regular expression over the whole module name (Python's spelling), or null.</summary>
    public string? Pattern { get; }

    /// <summary>Whether this is <see cref="AllLinear"/>.</summary>
    public bool IsAllLinear => Names is null && Pattern is null;

    /// <summary>Modules by name or ending: an entry matches the module that is called so, and every module that ends with "." + entry.</summary>
    /// <exception cref="AdapterException">An entry is empty.</exception>
    public static TargetModules List(params IReadOnlyList<string> names)
    {
        if (names.Any(string.IsNullOrWhiteSpace)) throw new AdapterException("A target module's name is empty.");
        return new(names.Distinct(StringComparer.Ordinal).ToArray(), null);
    }

    /// <summary>Modules whose whole name matches a regular expression.</summary>
    /// <exception cref="AdapterException">The expression is not valid.</exception>
    public static TargetModules Regex(string pattern) => pattern == AllLinearSpelling ? AllLinear : new(null, pattern);

    /// <summary>Reads a recipe's list: <c>all-linear</c> alone, one regular expression alone (it holds a character such as * or \), or names.</summary>
    /// <exception cref="AdapterException">The list is empty, an entry is empty, or <c>all-linear</c> or an expression stands beside other entries.</exception>
    public static TargetModules Parse(IReadOnlyList<string> entries)
    {
        if (entries.Count == 0) throw new AdapterException("target_modules is empty: write all-linear, module names, or one regular expression.");
        if (entries.Count == 1 && (entries[0] == AllLinearSpelling || entries[0].AsSpan().ContainsAny(RegexCharacters))) return Regex(entries[0]);
        string? odd = entries.FirstOrDefault(entry => entry == AllLinearSpelling || entry.AsSpan().ContainsAny(RegexCharacters));
        return odd is null
            ? List(entries)
            : throw new AdapterException($"target_modules: '{odd}' must stand alone; a list holds plain names or name endings only.");
    }

    /// <summary>What PEFT targets when a configuration names no modules.</summary>
    /// <param name="modelType"><c>model_type</c> of the base model's config.json.</param>
    /// <returns>The default, or null where PEFT has none.</returns>
    public static TargetModules? DefaultFor(string modelType) => Defaults.TryGetValue(modelType, out string[]? names) ? List(names) : null;

    /// <summary>Whether a module is meant. <see cref="AllLinear"/> means each linear with a block's number in its name.</summary>
    /// <exception cref="AdapterException">The regular expression takes too long.</exception>
    public bool Matches(string module)
    {
        if (_regex is not null) return _regex.IsMatch(module);
        if (Names is null) return module.Split('.').Any(part => part.Length > 0 && part.All(char.IsAsciiDigit));
        return Names.Any(entry => EntryMatches(entry, module));
    }

    /// <summary>The spelling that error messages show.</summary>
    public override string ToString() => Pattern is not null ? $"regular expression '{Pattern}'"
        : Names is null ? AllLinearSpelling
        : $"[{string.Join(", ", Names)}]";

    internal bool NamesExactly(string module) => Names is not null && Names.Contains(module, StringComparer.Ordinal);

    internal static bool EntryMatches(string entry, string module) =>
        module.EndsWith(entry, StringComparison.Ordinal) && (module.Length == entry.Length || module[^(entry.Length + 1)] == '.');
}
