using LeanTune.Adapters.Peft;
using LeanTune.Models;

namespace LeanTune.Planning;

/// <summary>Shapes of a model and of what is trained in it: all that memory depends on, without a single weight.</summary>
public sealed class AdaptedShape
{
    private readonly Dictionary<string, int> _ranks;

    private AdaptedShape(DecoderConfig config, Dictionary<string, int> ranks, bool full, long tokenRows = 0)
    {
        (Config, _ranks, TrainsAll, TokenNumbers) = (config, ranks, full, tokenRows * config.Width);
        Trained = full
            ? config.Parameters
            : DecoderNames.All(config).Where(entry => entry.Shape.Length == 2).Sum(entry => RankOf(entry.Name) * (entry.Shape[0] + entry.Shape[1])) + TokenNumbers;
    }

    /// <summary>Shapes of the frozen model.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Whether every weight is trained.</summary>
    public bool TrainsAll { get; }

    /// <summary>Numbers that are trained.</summary>
    public long Trained { get; }

    /// <summary>Those of them in rows of single tokens beside an adapter.</summary>
    internal long TokenNumbers { get; }

    /// <summary>A model with LoRA branches.</summary>
    /// <param name="config">The model.</param>
    /// <param name="lora">Rank, targets and trained tokens.</param>
    /// <exception cref="LeanTune.Adapters.Peft.AdapterException">The targets match nothing.</exception>
    public static AdaptedShape Lora(DecoderConfig config, LoraConfig lora)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] linears = [.. DecoderNames.All(config).Where(entry => entry.Shape.Length == 2 && entry.Name.Contains(".layers.", StringComparison.Ordinal)).Select(entry => Module(entry.Name))];
        AdapterPlan plan = AdapterPlan.Match(lora, linears, config.ModelType);
        return new AdaptedShape(config, plan.Modules.ToDictionary(module => module.Module, module => module.Rank, StringComparer.Ordinal), full: false, lora.TrainedTokens.Sum(table => table.Value.Count));
    }

    /// <summary>A model whose every weight is trained.</summary>
    public static AdaptedShape Full(DecoderConfig config) => new(config, [], full: true);

    /// <summary>Rank of a linear's branch, 0 for none.</summary>
    /// <param name="block">Index of the block.</param>
    /// <param name="linear">Name within the block, such as <c>mlp.up_proj</c>.</param>
    internal int Rank(int block, string linear) => _ranks.GetValueOrDefault($"{DecoderNames.Block(block)}.{linear}");

    /// <summary>Whether a linear keeps its input for the backward pass.</summary>
    internal bool Keeps(int block, string linear) => TrainsAll || Rank(block, linear) > 0;

    private int RankOf(string weight) => _ranks.GetValueOrDefault(Module(weight));

    private static string Module(string weight) => weight[..^".weight".Length];
}
