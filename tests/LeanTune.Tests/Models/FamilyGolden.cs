using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Checkpoints;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using LeanTune.Optimization;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>One fixture folder: model, reference tensors, and the steps the tests share.</summary>
internal sealed class FamilyGolden : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<string, Tensor> _values = [];

    public FamilyGolden(string family, ScalarType type = ScalarType.Float32)
    {
        _folder = Repository.Fixture($"models/{family}");
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "golden.safetensors"));
        foreach (string name in file.Names) _values[name] = file.Read(name);
        using HubFolder hub = HubFolder.Open(_folder);
        Model = DecoderLoader.Load(hub, type);
    }

    public Decoder Model { get; }

    public Tensor this[string name] => _values[name];

    public double Scalar(string name) => _values[name].to(ScalarType.Float64).item<double>();

    public ForwardPass Pass(ActivationPlan? plan = null, Tiling? tiling = null, DropoutMask? dropout = null) =>
        new(Model.Config, this["input_ids"], Model.Dtype, this["attention_mask"].min().item<long>() == 0 ? this["attention_mask"].to(ScalarType.Bool) : null)
        {
            Plan = plan,
            Tiling = tiling,
            Dropout = dropout,
            Draws = site => new SeededDraws(0).For(0, site),
        };

    public Tensor Logits()
    {
        using ForwardPass pass = Pass();
        using Tensor hidden = Model.Forward(this["input_ids"], pass);
        return Model.Logits(hidden);
    }

    public double Loss(Tensor hidden, RmsNorm? norm = null)
    {
        long supervised = this["labels"].narrow(1, 1, this["labels"].shape[1] - 1).ne(-100).sum().item<long>();
        using Tensor loss = ChunkedCrossEntropy.Sum(hidden, norm, Model.Head, this["labels"], 1.0 / supervised, chunkBytes: 4000);
        if (loss.requires_grad) Autograd.Backward(loss);
        return loss.item<float>();
    }

    public double Step(ActivationPlan plan, Tiling? tiling = null, DropoutMask? dropout = null)
    {
        using ForwardPass pass = Pass(plan, tiling, dropout);
        using Tensor hidden = Model.ForwardBlocks(this["input_ids"], pass);
        return Loss(hidden, Model.FinalNorm);
    }

    public FlatParameters AttachAdapter(double dropout = 0)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "adapter", "adapter_model.safetensors"));
        FlatParameters parameters = new(file.Names.Select(name => (name, file.Read(name), true)).ToList(), CPU);
        foreach (LoraLinear linear in Model.Linears)
        {
            string key = $"base_model.model.{linear.Name}";
            linear.Branch = new LoraBranch(parameters.ByName[$"{key}.lora_A.weight"], parameters.ByName[$"{key}.lora_B.weight"], 2.0, dropout);
        }

        parameters.ByName.Count.ShouldBe(2 * Model.Linears.Count);
        return parameters;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _values.Values) tensor.Dispose();
        Model.Dispose();
    }
}
