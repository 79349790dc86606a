using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>A trained LoRA adapter beside a model, for generation and evaluation. Disposing takes it off again.</summary>
/// <remarks>Training attaches its own adapters, whose memory is the flat parameter buffer's.</remarks>
public sealed class DecoderAdapter : IDisposable
{
    private readonly List<LoraLinear> _adapted = [];

    private DecoderAdapter()
    {
    }

    /// <summary>Reads a PEFT folder and attaches its matrices, in fp32, to the model's linears.</summary>
    /// <param name="model">Borrowed; its linears must have no adapter yet.</param>
    /// <param name="folder">adapter_config.json and adapter_model.safetensors.</param>
    /// <param name="notice">Told of keys without effect and patterns without a match.</param>
    /// <returns>The attached adapter; the caller disposes it before the model.</returns>
    /// <exception cref="AdapterException">The configuration selects nothing on this model.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">A file is damaged, or the adapter belongs to another model.</exception>
    public static DecoderAdapter Load(Decoder model, string folder, Action<string>? notice = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using PeftAdapter file = PeftFolder.Read(folder);
        AdapterPlan plan = file.MatchModel([.. model.Linears.Select(linear => (linear.Name, linear.OutputWidth, linear.InputWidth))], model.Config.ModelType);
        foreach (string warning in plan.Warnings) notice?.Invoke(warning);
        foreach (string key in file.IgnoredKeys) notice?.Invoke($"{folder}: adapter_config.json has the unknown key '{key}', which has no effect");
        Dictionary<string, LoraLinear> linears = model.Linears.ToDictionary(linear => linear.Name, StringComparer.Ordinal);
        Dictionary<string, double> scales = plan.Modules.ToDictionary(module => module.Module, module => module.Scale, StringComparer.Ordinal);
        DecoderAdapter attached = new();
        foreach (LoraFactors factors in file.Factors)
        {
            LoraLinear linear = linears[factors.Module];
            if (linear.Branch is not null) throw new InvalidOperationException($"{linear.Name} has an adapter already.");
            linear.Branch = new LoraBranch(Widened(factors.A, model.Device), Widened(factors.B, model.Device), scales[factors.Module]);
            attached._adapted.Add(linear);
        }

        return attached;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LoraLinear linear in _adapted)
        {
            linear.Branch?.Down.Dispose();
            linear.Branch?.Up.Dispose();
            linear.Branch = null;
        }

        _adapted.Clear();
    }

    private static Tensor Widened(Tensor matrix, Device device) => matrix.to(ScalarType.Float32, device, copy: true).DetachFromDisposeScope();
}
