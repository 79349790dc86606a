using System.Globalization;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>Makes the activation plan that options ask for.</summary>
internal static class ActivationPlans
{
    /// <summary>Rank of the low-rank codec where none is given.</summary>
    public const string DefaultRank = "1/8";

    /// <summary>The plan.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="blocks">Blocks of the model.</param>
    public static ActivationPlan Of(ActivationOptions options, int blocks) =>
        ActivationPlan.Uniform(blocks, ModeOf(options), Codec(options), options.BlocksPerCheckpoint);

    /// <summary>The mode, where no planner chooses it.</summary>
    public static ActivationMode ModeOf(ActivationOptions options) => options.Mode ?? ActivationMode.Layer;

    /// <summary>The way that the options ask for.</summary>
    public static BlockWay WayOf(ActivationOptions options) => new(ModeOf(options), Codec(options), options.BlocksPerCheckpoint);

    /// <summary>What a planner may choose from: modes at the fidelity asked for, or the one way that the options fix.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="splitBatches">Whether batches may be cut.</param>
    public static PlannerChoices Choices(ActivationOptions options, bool splitBatches)
    {
        long? tile = options.TileMib is { } mebibytes ? (long)mebibytes << 20 : null;
        if (options.Mode is not null || options.BlocksPerCheckpoint > 1) return new PlannerChoices([WayOf(options)], [], null, splitBatches, tile, ProcessMemory.HasLiveBytes);
        BlockWay By(ActivationMode mode, int shared) => new(mode, Codec(options with { Mode = mode }), shared);
        BlockWay alone = By(ActivationMode.Layer, 1);
        List<BlockWay> first = [alone, By(ActivationMode.Layer, 2)];
        if (!alone.IsExact) first.Insert(0, BlockWay.Checkpointing);
        return new PlannerChoices(first, [By(ActivationMode.Ops, 1)], BlockWay.Plain, splitBatches, tile, ProcessMemory.HasLiveBytes);
    }

    /// <summary>The form of what is kept.</summary>
    public static IActivationCodec Codec(ActivationOptions options) => options.Codec switch
    {
        ActivationCodecName.Exact => new Exact(),
        ActivationCodecName.LowRank => new LowRank(RankRule.Parse(options.Rank ?? DefaultRank), options.PowerIterations),
        ActivationCodecName.Chain => new ResidualChain(options.Bits ?? 2),
        _ => (options.Fidelity ?? Fidelity.Balanced) switch
        {
            // What mode ops keeps is coded alone, and is little beside attention: there 8 bits cost less time than a few and few more bytes.
            Fidelity.Small when ModeOf(options) == ActivationMode.Ops => new ResidualChain(2),
            Fidelity.Balanced or Fidelity.High when ModeOf(options) == ActivationMode.Ops => new EightBit(),
            Fidelity.Small => new ResidualChain(1),
            Fidelity.Balanced => new ResidualChain(2),
            Fidelity.High => new ResidualChain(4),
            _ => new Exact(),
        },
    };

    /// <summary>For people.</summary>
    public static string Describe(ActivationOptions options)
    {
        string mode = ModeOf(options).ToString().ToLowerInvariant();
        if (ModeOf(options) == ActivationMode.None) return "plain: every activation is kept";
        IActivationCodec codec = Codec(options);
        return (codec, options.Mode) switch
        {
            (Exact, ActivationMode.Ops) => "ops, exact: nothing is computed again",
            (Exact, _) => $"{mode}, exact: checkpointing",
            (ResidualChain code, ActivationMode.Ops) => string.Create(CultureInfo.InvariantCulture, $"ops, each value coded alone, {code.Bits} {(code.Bits == 1 ? "bit" : "bits")}"),
            _ => $"{mode}, {codec}",
        };
    }
}
