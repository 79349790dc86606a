using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters;
using LeanTune.Checkpoints;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>The reference's tiny Llama with LoRA on every linear (tests/fixtures/loract/llama), its batches, samples and gradients.</summary>
internal sealed class LoractLlama : IDisposable
{
    private static readonly JsonElement Recorded = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("loract/llama/llama.json"))).RootElement;

    private readonly Dictionary<string, Tensor> _batches = Read("batch"), _samples = Read("idx"), _gradients = Read("grads");

    /// <param name="dropout">Share that every adapter drops.</param>
    /// <param name="type">Type of the weights and the residual stream; adapters are fp32.</param>
    public LoractLlama(double dropout = 0, ScalarType type = ScalarType.Float32)
    {
        Model = new Decoder(Config(), Read("weights").ToDictionary(entry => entry.Key, entry => entry.Value.to(type).DetachFromDisposeScope()));
        Dictionary<string, Tensor> lora = Read("lora");
        Parameters = new FlatParameters(lora.Select(entry => (entry.Key, entry.Value, true)).ToList(), CPU);
        double scale = Recorded.GetProperty("lora").GetProperty("scaling").GetDouble();
        foreach (LoraLinear linear in Model.Linears)
            linear.Branch = new LoraBranch(
                Parameters.ByName[$"{linear.Name}.lora_A.weight"], Parameters.ByName[$"{linear.Name}.lora_B.weight"], scale, dropout);
        (2 * Model.Linears.Count).ShouldBe(lora.Count);
    }

    public static IEnumerable<string> Modes => Recorded.GetProperty("modes").EnumerateObject().Select(mode => mode.Name);

    public Decoder Model { get; }

    public FlatParameters Parameters { get; }

    public static JsonElement Figures(string mode) => Recorded.GetProperty("modes").GetProperty(mode);

    public static double[] Losses(string mode) => [.. Figures(mode).GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];

    public static (AdamW Optimizer, double Rate) Optimizer(FlatParameters parameters)
    {
        JsonElement adamw = Recorded.GetProperty("adamw");
        double Number(string key) => adamw.GetProperty(key).GetDouble();
        JsonElement betas = adamw.GetProperty("betas");
        return (new AdamW(parameters, betas[0].GetDouble(), betas[1].GetDouble(), Number("eps"), Number("weight_decay")), Number("lr"));
    }

    /// <summary>How the product runs what the reference calls by this name.</summary>
    public ActivationPlan PlanOf(string mode)
    {
        ActivationMode how = mode.Split('_')[0] switch
        {
            "plain" => ActivationMode.None,
            "sublayer" => ActivationMode.Sublayer,
            _ => ActivationMode.Layer, // layer_* and torch_checkpoint
        };
        // The reference compresses at any rank; the product would keep the exact tensor where factors are larger.
        IActivationCodec codec = RankOf(mode) is { } rank ? new LowRank(RankRule.Absolute(rank)) { EvenIfLarger = true } : new Exact();
        return ActivationPlan.Uniform(Model.Config.Blocks, how, codec);
    }

    public static int? RankOf(string mode) => mode.Split('_').Skip(1).FirstOrDefault() is ['k', .. var rank] ? int.Parse(rank) : null;

    /// <summary>(B, T) of one step; the caller disposes it.</summary>
    public Tensor Ids(string mode, int step)
    {
        if (mode.EndsWith("_wide", StringComparison.Ordinal)) return _batches["input_ids_wide"].alias();
        return _batches["input_ids"][step];
    }

    /// <summary>Zero gradients, forward and backward of one recorded step; returns the loss.</summary>
    public double Step(string mode, int step, SavedBytes? saved = null)
    {
        using Tensor ids = Ids(mode, step);
        return Step(ids, PlanOf(mode), pass => pass with { Draws = site => Draws(mode, step, site), NormSave = NormSave.Output, Saved = saved });
    }

    /// <summary>Zero gradients, forward and backward; returns the mean loss over all tokens.</summary>
    /// <param name="ids">(B, T). Borrowed.</param>
    /// <param name="plan">How the blocks run; null as plain autograd.</param>
    /// <param name="change">Changes what the pass is told.</param>
    public double Step(Tensor ids, ActivationPlan? plan, Func<PassSettings, PassSettings>? change = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameters.ZeroGradients();
        PassSettings settings = new() { Plan = plan };
        if (change is not null) settings = change(settings);
        using ForwardPass pass = settings.For(Model, ids);
        Tensor hidden = Model.ForwardBlocks(ids, pass);
        Tensor labels = settings.Labels ?? ids;
        long supervised = labels.narrow(1, 1, labels.shape[1] - 1).ne(-100).sum().item<long>();
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, Model.FinalNorm, Model.Head, labels, 1.0 / supervised);
        hidden.Dispose();
        if (is_grad_enabled()) Autograd.Backward(loss);
        return loss.item<float>();
    }

    /// <summary>Relative distance of the gradients to recorded ones: over all tensors, and of the worst tensor.</summary>
    public (double All, double Worst) GradientError(string recorded) => Distance(recorded, name => Parameters.ByName[name].grad!);

    /// <summary>Relative distance of the LoRA weights to recorded ones: over all tensors, and of the worst tensor.</summary>
    public (double All, double Worst) WeightError(string recorded) => Distance(recorded, name => Parameters.ByName[name]);

    public void Dispose()
    {
        foreach (Tensor tensor in _batches.Values.Concat(_samples.Values).Concat(_gradients.Values)) tensor.Dispose();
        Parameters.Dispose();
        Model.Dispose();
    }

    private (double All, double Worst) Distance(string recorded, Func<string, Tensor> value)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        double difference = 0, size = 0, worst = 0;
        foreach (string name in Parameters.ByName.Keys)
        {
            Tensor expected = _gradients[$"{recorded}/{name}"];
            double apart = Errors.Relative(value(name), expected), norm = expected.norm().ToDouble();
            (difference, size, worst) = (difference + Math.Pow(apart * norm, 2), size + (norm * norm), Math.Max(worst, apart));
        }

        return (Math.Sqrt(difference / size), worst);
    }

    /// <summary>The recorded sample of one tensor: samples were noted in call order.</summary>
    private IDraws Draws(string mode, int step, ActivationSite site)
    {
        if (RankOf(mode) is null) return new SeededDraws(0);
        int call = site.Role == ActivationRole.BlockInput ? site.Block : (2 * site.Block) + site.Ordinal;
        using Tensor sample = _samples[$"{mode}/idx"][step, call]; // (K)
        return new RecordedDraws(sample.data<long>().ToArray());
    }

    private static Dictionary<string, Tensor> Read(string part)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Repository.Fixture($"loract/llama/llama_{part}.safetensors"));
        return file.Names.ToDictionary(name => name, name => file.Read(name).DetachFromDisposeScope());
    }

    private static DecoderConfig Config()
    {
        JsonElement json = Recorded.GetProperty("config");
        int Number(string key) => json.GetProperty(key).GetInt32();
        int blocks = Number("num_hidden_layers");
        return new DecoderConfig
        {
            ModelType = "llama",
            Vocabulary = Number("vocab_size"),
            Width = Number("hidden_size"),
            FeedForward = Number("intermediate_size"),
            Blocks = blocks,
            Heads = Number("num_attention_heads"),
            KeyValueHeads = Number("num_key_value_heads"),
            HeadWidth = Number("head_dim"),
            NormEpsilon = json.GetProperty("rms_norm_eps").GetDouble(),
            Rotary = new RotaryConfig(json.GetProperty("rope_theta").GetDouble()),
            MaxPositions = 128,
            TiedEmbeddings = false,
            Windows = new int?[blocks],
            Rotated = Enumerable.Repeat(true, blocks).ToArray(),
        };
    }
}
