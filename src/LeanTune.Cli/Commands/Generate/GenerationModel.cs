using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands.Generate;

/// <summary>A model with its tokenizer, and an adapter where one is given, ready to generate.</summary>
internal sealed class GenerationModel : IDisposable
{
    private readonly DisposeScope _adapterTensors;

    private GenerationModel(Decoder decoder, Tokenizer tokenizer, DisposeScope adapterTensors) =>
        (Decoder, Tokenizer, _adapterTensors) = (decoder, tokenizer, adapterTensors);

    /// <summary>The model with its adapter attached.</summary>
    public Decoder Decoder { get; }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Reads a model folder and, when given, a PEFT adapter folder.</summary>
    /// <param name="model">Hub folder.</param>
    /// <param name="adapter">Adapter folder, or null.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="notice">Told of what the user should know.</param>
    public static GenerationModel Load(string model, string? adapter, ScalarType dtype, Action<string> notice)
    {
        using HubFolder folder = HubFolder.Open(model);
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        DisposeScope adapterTensors = NewDisposeScope();
        Decoder decoder = DecoderLoader.Load(folder, dtype, notice);
        try
        {
            if (adapter is not null)
                Attach(decoder, adapter, notice);
            return new(decoder, tokenizer, adapterTensors);
        }
        catch
        {
            decoder.Dispose();
            adapterTensors.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Decoder.Dispose();
        _adapterTensors.Dispose();
    }

    private static void Attach(Decoder decoder, string folder, Action<string> notice)
    {
        using PeftAdapter adapter = PeftFolder.Read(folder);
        AdapterPlan plan = adapter.MatchModel([.. decoder.Linears.Select(linear => (linear.Name, linear.OutputWidth, linear.InputWidth))], decoder.Config.ModelType);
        foreach (string warning in plan.Warnings)
            notice(warning);
        Dictionary<string, LoraLinear> linears = decoder.Linears.ToDictionary(linear => linear.Name, StringComparer.Ordinal);
        Dictionary<string, double> scales = plan.Modules.ToDictionary(module => module.Module, module => module.Scale, StringComparer.Ordinal);
        foreach (LoraFactors factors in adapter.Factors)
            linears[factors.Module].Branch = new LoraBranch(
                factors.A.to(ScalarType.Float32, copy: true), factors.B.to(ScalarType.Float32, copy: true), scales[factors.Module]);
    }
}
