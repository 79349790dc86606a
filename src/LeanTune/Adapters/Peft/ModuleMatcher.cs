using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>Finds the modules that a configuration adapts, as PEFT finds them: excluded ones first, then targets, then the restriction to layers.</summary>
internal sealed class ModuleMatcher
{
    private readonly LoraConfig _config;
    private readonly IReadOnlyList<string> _linears;
    private readonly TargetModules _targets;
    private readonly PythonRegex[] _layerNumbers;

    public ModuleMatcher(LoraConfig config, IReadOnlyList<string> linears, string modelType)
    {
        config.Validate();
        _config = config;
        _linears = linears;
        _targets = config.TargetModules ?? TargetModules.DefaultFor(modelType) ?? throw new AdapterException(
            $"target_modules must be given: PEFT has no default for the model type '{modelType}' (all-linear takes every linear layer of the blocks).");
        _layerNumbers = config.LayersPattern is null
            ? [PythonRegex.LayerNumber(null)]
            : [.. config.LayersPattern.Select(PythonRegex.LayerNumber)];
    }

    public AdapterPlan Plan()
    {
        string[] targeted = [.. _linears.Where(_targets.Matches)];
        if (targeted.Length == 0) throw NothingMatched();
        string[] kept = [.. targeted.Where(module => _config.ExcludeModules?.Matches(module) != true)];
        if (kept.Length == 0) throw new AdapterException($"exclude_modules {_config.ExcludeModules} leaves out every module that target_modules {_targets} matches.");
        string[] modules = [.. kept.Where(IsInLayers)];
        if (modules.Length == 0)
            throw new AdapterException($"layers_to_transform [{string.Join(", ", _config.LayersToTransform!)}] leaves no module of target_modules {_targets}; there are layers {ShowLayers(kept)}.");
        LoraConfig resolved = _config with { TargetModules = _targets.IsAllLinear ? SpellOut(modules) : _targets };
        return new AdapterPlan(resolved, [.. modules.Select(Adapt)], [.. Warnings(targeted, kept, modules)]);
    }

    private AdaptedModule Adapt(string module) => new(module, _config.RankOf(module), _config.AlphaOf(module), _config.ScaleOf(module));

    // PEFT does not restrict a module whose whole name is an entry of the list.
    private bool IsInLayers(string module) => _config.LayersToTransform is null || _targets.NamesExactly(module)
        || (LayerOf(module) is { } layer && _config.LayersToTransform.Contains(layer));

    private int? LayerOf(string module) => _layerNumbers.Select(number => number.FindLayer(module)).FirstOrDefault(layer => layer is not null);

    private string ShowLayers(IEnumerable<string> modules) => string.Join(", ", modules.Select(LayerOf).OfType<int>().Distinct().Order());

    // Old PEFT versions do not know all-linear. Last components are what people write; full names where those would match more.
    private TargetModules SpellOut(string[] modules)
    {
        TargetModules endings = TargetModules.List([.. _linears.Where(_targets.Matches).Select(LastComponent)]);
        bool same = _linears.Where(module => endings.Matches(module) && _config.ExcludeModules?.Matches(module) != true).SequenceEqual(modules);
        return same ? endings : TargetModules.List(modules);
    }

    private IEnumerable<string> Warnings(string[] targeted, string[] kept, string[] modules)
    {
        foreach (string entry in _targets.Names ?? [])
            if (!targeted.Any(module => TargetModules.EntryMatches(entry, module))) yield return $"target_modules: '{entry}' matches no linear layer{Hint(entry)}";
        foreach (string entry in _config.ExcludeModules?.Names ?? [])
            if (!targeted.Any(module => TargetModules.EntryMatches(entry, module))) yield return $"exclude_modules: '{entry}' leaves out nothing{Hint(entry)}";
        if (_config.ExcludeModules?.Pattern is { } pattern && kept.Length == targeted.Length) yield return $"exclude_modules: '{pattern}' leaves out nothing.";
        foreach (int layer in _config.LayersToTransform ?? [])
            if (!modules.Any(module => LayerOf(module) == layer)) yield return $"layers_to_transform: no module is in layer {layer}; there are layers {ShowLayers(kept)}.";
        foreach (string key in _config.RankPattern.Select(pair => pair.Key).Where(key => !modules.Any(PythonRegex.Ending(key).IsMatch)))
            yield return $"rank_pattern: '{key}' matches no adapted module{Hint(key)}";
        foreach (string key in _config.AlphaPattern.Select(pair => pair.Key).Where(key => !modules.Any(PythonRegex.Ending(key).IsMatch)))
            yield return $"alpha_pattern: '{key}' matches no adapted module{Hint(key)}";
    }

    private AdapterException NothingMatched()
    {
        if (_linears.Count == 0) return new AdapterException("The model has no linear layers to adapt.");
        string hint = string.Concat((_targets.Names ?? []).Select(entry => $" '{entry}'{Hint(entry)}"));
        string endings = string.Join(", ", _linears.Select(LastComponent).Distinct(StringComparer.Ordinal).Take(20));
        return new AdapterException($"target_modules {_targets} matches none of the model's {_linears.Count} linear layers.{hint} Names end with: {endings}; the first is {_linears[0]}.");
    }

    // Compares like with like: endings of as many components as the entry has.
    private string Hint(string entry)
    {
        int components = entry.Count(character => character == '.') + 1;
        string hint = NearestName.Hint(entry, _linears.Select(module => string.Join('.', module.Split('.').TakeLast(components))).Distinct(StringComparer.Ordinal));
        return hint.Length > 0 ? hint : ".";
    }

    private static string LastComponent(string module) => module[(module.LastIndexOf('.') + 1)..];
}
