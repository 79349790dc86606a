using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>A trained LoRA adapter beside a model, for generation and evaluation, with the rows of tokens that it trained in the model's tables. Disposing takes it off again.</summary>
/// <remarks>Training attaches its own adapters, whose memory is the flat parameter buffer's.</remarks>
public sealed class DecoderAdapter : IDisposable
{
    private readonly List<LoraLinear> _adapted = [];
    private readonly List<(Tensor Table, Tensor Ids, Tensor Before)> _replaced = [];

    private DecoderAdapter()
    {
    }

    /// <summary>Reads a PEFT folder and attaches its matrices, in fp32, to the model's linears.</summary>
    /// <param name="model">Borrowed; its linears must have no adapter yet.</param>
    /// <param name="folder">adapter_config.json and adapter_model.safetensors.</param>
    /// <param name="notice">Told of keys without effect and patterns without a match.</param>
    /// <returns>The attached adapter; the caller disposes it before the model.</returns>
    /// <exception cref="AdapterException">The configuration selects nothing on this model.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">A file is damaged, or the adapter belongs to another model, or one with more tokens: see <see cref="GrownVocabulary"/>.</exception>
    public static DecoderAdapter Load(Decoder model, string folder, Action<string>? notice = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using PeftAdapter file = PeftFolder.Read(folder);
        AdapterPlan plan = file.MatchModel([.. model.Linears.Select(linear => (linear.Name, linear.OutputWidth, linear.InputWidth))], model.Config.ModelType);
        IReadOnlyList<TokenValues> tokens = file.MatchTokens([.. model.TokenTables.Select(table => (table.Module, table.Table.shape[0], table.Table.shape[1]))]);
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

        foreach (TokenValues values in tokens) attached.Replace(model.TokenTables.Single(table => table.Module == values.Module).Table, values);
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
        using IDisposable quiet = no_grad();
        foreach ((Tensor table, Tensor ids, Tensor before) in _replaced)
        {
            table.index_copy_(0, ids, before);
            ids.Dispose();
            before.Dispose();
        }

        _replaced.Clear();
    }

    /// <summary>Puts trained rows into a table, and keeps what was there.</summary>
    private void Replace(Tensor table, TokenValues values)
    {
        using IDisposable quiet = no_grad();
        Tensor ids = tensor(values.Ids.Select(id => (long)id).ToArray(), device: table.device).DetachFromDisposeScope(); // (n)
        _replaced.Add((table, ids, table.index_select(0, ids).DetachFromDisposeScope()));
        using Tensor rows = values.Values.to(table.dtype, table.device, copy: true); // (n, C)
        table.index_copy_(0, ids, rows);
    }

    private static Tensor Widened(Tensor matrix, Device device) => matrix.to(ScalarType.Float32, device, copy: true).DetachFromDisposeScope();
}
