namespace LeanTune.Adapters.Peft;

/// <summary>What a configuration means on one model: the modules it adapts, and what it names in vain.</summary>
/// <param name="Config">The configuration with its modules spelt out as a list where it said <c>all-linear</c> or nothing; this one is written with the adapter.</param>
/// <param name="Modules">The adapted modules, in the model's order; never empty.</param>
/// <param name="Warnings">One sentence for each entry, pattern or layer that matched nothing while others did.</param>
public sealed record AdapterPlan(LoraConfig Config, IReadOnlyList<AdaptedModule> Modules, IReadOnlyList<string> Warnings)
{
    /// <summary>Applies a configuration to a model's linear layers by PEFT's rules.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="linears">Names of all linear layers, head included, in the model's order.</param>
    /// <param name="modelType"><c>model_type</c> of the model's config.json: chooses the targets where the configuration names none.</param>
    /// <exception cref="AdapterException">Nothing matches (the nearest names are given), PEFT has no default targets for the family, or settings exclude each other.</exception>
    public static AdapterPlan Match(LoraConfig config, IReadOnlyList<string> linears, string modelType) => new ModuleMatcher(config, linears, modelType).Plan();
}
