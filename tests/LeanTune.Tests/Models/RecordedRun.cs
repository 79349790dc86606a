using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>The recorded fine-tuning of SmolLM2 on GSM8K: the same batches, the same start, step by step.</summary>
internal sealed class RecordedRun : IDisposable
{
    private readonly Dictionary<string, Tensor> _batches = [];
    private readonly AdamW _optimizer;
    private readonly ActivationPlan _plan;
    private int _step;

    public RecordedRun(string modelFolder, string golden, ScalarType dtype, Func<int, ActivationPlan> plan)
    {
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(golden, "batches.safetensors")))
            foreach (string name in file.Names) _batches[name] = file.Read(name, ScalarType.Int64);
        using HubFolder hub = HubFolder.Open(modelFolder);
        Model = DecoderLoader.Load(hub, dtype);
        Parameters = new FlatParameters([.. Start()], CPU);
        foreach (LoraLinear linear in Model.Linears)
            linear.Branch = new LoraBranch(Parameters.ByName[$"{linear.Name}.lora_A.weight"], Parameters.ByName[$"{linear.Name}.lora_B.weight"], 2);
        _optimizer = new AdamW(Parameters, 0.9, 0.999, 1e-8, 0.01);
        _plan = plan(Model.Config.Blocks);
    }

    public Decoder Model { get; }

    public FlatParameters Parameters { get; }

    public static JsonElement Trajectory(string golden, string variant)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(golden, variant, "trajectory.json")));
        return json.RootElement.Clone();
    }

    /// <summary>One recorded step: loss and gradient norm before the update.</summary>
    public (double Loss, double Norm) Step()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor ids, Tensor labels, Tensor real) = Batch(_step);
        long supervised = Supervised(labels);
        int step = _step++;
        Parameters.ZeroGradients();
        using ForwardPass pass = new(Model.Config, ids, Model.Dtype) { Plan = _plan, RowMask = real, Draws = site => new SeededDraws(7).For(step, site) };
        Tensor hidden = Model.ForwardBlocks(ids, pass);
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, Model.FinalNorm, Model.Head, labels, 1.0 / supervised);
        Autograd.Backward(loss);
        double norm = Parameters.GradientNorm();
        _optimizer.Step(2e-4);
        return (loss.item<float>(), norm);
    }

    /// <summary>Writes the adapter as it is now, with its configuration, as training does.</summary>
    public void Save(string folder)
    {
        LoraConfig config = new() { Rank = 8, Alpha = 16, TargetModules = TargetModules.AllLinear, BaseModelNameOrPath = "smollm2-135m-instruct" };
        AdapterPlan plan = AdapterPlan.Match(config, [.. Model.Linears.Select(linear => linear.Name)], Model.Config.ModelType);
        PeftFolder.Write(folder, plan.Config, [.. Model.Linears.Select(linear => new LoraFactors(
            linear.Name, Parameters.ByName[$"{linear.Name}.lora_A.weight"], Parameters.ByName[$"{linear.Name}.lora_B.weight"]))]);
    }

    /// <summary>Loss over all evaluation problems together.</summary>
    public double Evaluate()
    {
        using IDisposable quiet = no_grad();
        double total = 0;
        long supervised = 0;
        for (int row = 0; row < _batches["eval_length"].shape[0]; row++)
        {
            using DisposeScope scope = NewDisposeScope();
            long length = _batches["eval_length"][row].item<long>();
            Tensor ids = _batches["eval_input_ids"].narrow(0, row, 1).narrow(1, 0, length).contiguous();
            Tensor labels = _batches["eval_labels"].narrow(0, row, 1).narrow(1, 0, length).contiguous();
            using ForwardPass pass = new(Model.Config, ids, Model.Dtype);
            total += ChunkedCrossEntropy.Sum(Model.ForwardBlocks(ids, pass), Model.FinalNorm, Model.Head, labels, 1).item<float>();
            supervised += Supervised(labels);
        }

        return total / supervised;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _batches.Values) tensor.Dispose();
        _optimizer.Dispose();
        Parameters.Dispose();
        Model.Dispose();
    }

    /// <summary>Cut to the longest row: what is padding alone is not computed.</summary>
    private (Tensor Ids, Tensor Labels, Tensor Real) Batch(int step)
    {
        Tensor lengths = _batches["length"][step]; // (B)
        long longest = lengths.max().item<long>();
        Tensor real = arange(longest).unsqueeze(0).lt(lengths.unsqueeze(1)).reshape(-1); // (N)
        return (_batches["input_ids"][step].narrow(1, 0, longest).contiguous(), _batches["labels"][step].narrow(1, 0, longest).contiguous(), real);
    }

    private static long Supervised(Tensor labels) => labels.narrow(1, 1, labels.shape[1] - 1).ne(-100).sum().item<long>();

    private IEnumerable<(string, Tensor, bool)> Start()
    {
        foreach ((LoraLinear linear, Tensor a, Tensor b) in RecordedStart.Adapters(Model))
        {
            yield return ($"{linear.Name}.lora_A.weight", a, true);
            yield return ($"{linear.Name}.lora_B.weight", b, true);
        }
    }
}
