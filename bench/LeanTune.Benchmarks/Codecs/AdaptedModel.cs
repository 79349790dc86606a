using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Models;
using LeanTune.Optimization;
using LeanTune.Tests.Models;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>A model with LoRA on its linears, block by block in one flat buffer of parameters.</summary>
internal sealed class AdaptedModel : IDisposable
{
    private const double FreshScale = 2;

    private AdaptedModel(Decoder model, IEnumerable<(LoraLinear Linear, Tensor A, Tensor B, double Scale)> adapters)
    {
        Model = model;
        var all = adapters.ToArray();
        Parameters = new FlatParameters(all.SelectMany(each => new[] { ($"{each.Linear.Name}.A", each.A, true), ($"{each.Linear.Name}.B", each.B, true) }), CPU);
        foreach ((LoraLinear linear, _, _, double scale) in all)
            linear.Branch = new LoraBranch(Parameters.ByName[$"{linear.Name}.A"], Parameters.ByName[$"{linear.Name}.B"], scale);
        long first = 0;
        int perBlock = model.Linears.Count / model.Config.Blocks;
        foreach (LoraLinear[] block in model.Linears.Chunk(perBlock))
        {
            long count = block.Sum(linear => linear.Branch is { } branch ? branch.Down.NumberOfElements + branch.Up.NumberOfElements : 0);
            Blocks.Add((first, count));
            first += count;
        }
    }

    /// <summary>The model. Owned.</summary>
    public Decoder Model { get; }

    /// <summary>A and B of every adapter, in forward order.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Where each block's parameters lie in the flat buffer.</summary>
    public List<(long First, long Count)> Blocks { get; } = [];

    /// <summary>A new adapter of rank 8: A drawn, B = 0.</summary>
    /// <param name="model">Taken over.</param>
    /// <param name="seed">0 gives the recorded start.</param>
    public static AdaptedModel Fresh(Decoder model, int seed = 0) => new(model, RecordedStart.Adapters(model, seed).Select(each => (each.Linear, each.A, each.B, FreshScale)));

    /// <summary>A trained adapter.</summary>
    /// <param name="model">Taken over.</param>
    /// <param name="folder">PEFT folder.</param>
    public static AdaptedModel Trained(Decoder model, string folder)
    {
        using PeftAdapter file = PeftFolder.Read(folder);
        AdapterPlan plan = file.MatchModel([.. model.Linears.Select(linear => (linear.Name, linear.OutputWidth, linear.InputWidth))], model.Config.ModelType);
        Dictionary<string, LoraFactors> factors = file.Factors.ToDictionary(each => each.Module, StringComparer.Ordinal);
        Dictionary<string, double> scales = plan.Modules.ToDictionary(each => each.Module, each => each.Scale, StringComparer.Ordinal);
        return new AdaptedModel(model, model.Linears.Where(linear => factors.ContainsKey(linear.Name)).Select(linear =>
            (linear, Wide(factors[linear.Name].A), Wide(factors[linear.Name].B), scales[linear.Name])));
        static Tensor Wide(Tensor matrix) => matrix.to(ScalarType.Float32, copy: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        Model.Dispose();
    }
}
