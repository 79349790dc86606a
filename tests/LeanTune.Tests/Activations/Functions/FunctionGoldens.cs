using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Functions;
using LeanTune.Checkpoints;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>Every function against the reference implementation's, with its samples replayed (tests/fixtures/loract/ops).</summary>
/// <remarks>Tolerances: about ten times the distance of the reference to our own float64 computation at the same samples.</remarks>
public sealed class FunctionGoldens
{
    private static readonly JsonElement s_figures =
        JsonDocument.Parse(File.ReadAllText(Repository.Fixture("loract/ops/ops.json"))).RootElement.GetProperty("ops");

    private static readonly Lazy<Dictionary<string, Tensor>> s_tensors = new(() =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Repository.Fixture("loract/ops/ops.safetensors"));
        return file.Names.ToDictionary(name => name, name => file.Read(name).DetachFromDisposeScope());
    });

    public static TheoryData<string> Cases => [.. s_figures.EnumerateObject().Select(op => op.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_gradients_at_the_recorded_samples(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor output, Tensor[] leaves, SavedBytes saved) = Run(name, compressed: true);
        Tensor Golden(string key) => s_tensors.Value[$"{name}/{key}"];
        bool narrow = name.Contains("bf16");
        (output - Golden("out")).abs().max().ToDouble().ShouldBeLessThan(Math.Max(1e-6, 10 * s_figures.GetProperty(name).GetProperty("out_vs_float64_max_abs").GetDouble()));
        if (!name.StartsWith("checkpoint", StringComparison.Ordinal)) saved.OfKind(SavedBytes.Factors).ShouldBeGreaterThan(0);
        Autograd.Backward(output, Golden("grad_out"));
        for (int i = 0; i < leaves.Length; i++)
        {
            leaves[i].grad!.dtype.ShouldBe(leaves[i].dtype);
            Errors.Relative(leaves[i].grad!, Golden($"grad{i}")).ShouldBeLessThan(narrow ? 1e-1 : 1e-5, $"gradient {i}");
        }

        saved.Total.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_without_compression_are_exact(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor output, Tensor[] leaves, SavedBytes saved) = Run(name, compressed: false);
        Autograd.Backward(output, s_tensors.Value[$"{name}/grad_out"]);
        for (int i = 0; i < leaves.Length; i++)
            Errors.Relative(leaves[i].grad!, s_tensors.Value[$"{name}/grad{i}_exact"]).ShouldBeLessThan(name.Contains("bf16") ? 2e-2 : 1e-6, $"gradient {i}");
        saved.Total.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void What_is_rebuilt_at_the_recorded_samples(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < s_figures.GetProperty(name).GetProperty("n_compressed").GetInt32(); i++)
        {
            // Norms compress their output, everything else its inputs.
            Tensor compressed = s_tensors.Value[$"{name}/{(name.Contains("norm") ? "out" : $"in{i}")}"];
            using SavedActivation saved = Codec(name).Save(compressed, Saver(name, i, null).Context);
            Errors.Relative(saved.Restore(), s_tensors.Value[$"{name}/recon{i}"], compressed).ShouldBeLessThan(name.Contains("bf16") ? 5e-2 : 5e-5);
        }
    }

    private static (Tensor Output, Tensor[] Leaves, SavedBytes Saved) Run(string name, bool compressed)
    {
        SavedBytes saved = new();
        Tensor[] x = [.. Enumerable.Range(0, 5).Where(i => s_tensors.Value.ContainsKey($"{name}/in{i}")).Select(i => s_tensors.Value[$"{name}/in{i}"].detach().requires_grad_())];
        ActivationSaver At(int ordinal) => compressed ? Saver(name, ordinal, saved) : Saver(name, ordinal, saved) with { Codec = new Exact() };
        double Epsilon() => s_figures.GetProperty(name).GetProperty("eps").GetDouble();
        NormCasting casting = name.Contains("_all_") ? NormCasting.All : NormCasting.Input;
        NormSave keep = compressed ? NormSave.Output : NormSave.Normalized;
        Tensor Norm(bool centred)
        {
            Tensor output = new NormFunction(x[1], centred ? x[2] : null, Epsilon(), centred, casting) { Keep = keep }.Apply(x[0], At(0), out SharedActivation? kept);
            kept!.Dispose();
            return output;
        }

        string kind = name[..name.LastIndexOf('_')];
        Tensor output = kind switch
        {
            "linear" => CompressedLinear.Apply(x[0], x[1], x[2], At(0)),
            "gelu_erf" => CompressedGelu.Apply(x[0], GeluKind.Erf, At(0)),
            "gelu_tanh" => CompressedGelu.Apply(x[0], GeluKind.Tanh, At(0)),
            "gelu_quick" => CompressedGelu.Apply(x[0], GeluKind.Quick, At(0)),
            "silu_mul" => CompressedSiluMul.Apply(x[0], x[1], At(0), At(1)),
            "checkpoint" => Checkpoint.Run(
                inputs => inputs[0] + nn.functional.silu((inputs[0] * inputs[1]).matmul(x[3].t())).matmul(x[4].t()) + inputs[2],
                [x[0], x[1], x[2]], [At(0).Codec, null, null], [At(0).Context], saved),
            _ when kind.StartsWith("rms_norm", StringComparison.Ordinal) => Norm(centred: false),
            _ => Norm(centred: true),
        };
        return (output, x, saved);
    }

    private static LowRank Codec(string name) =>
        new(RankRule.Absolute(s_figures.GetProperty(name).GetProperty("rank").GetInt32()), s_figures.GetProperty(name).GetProperty("niter").GetInt32()) { EvenIfLarger = true };

    private static ActivationSaver Saver(string name, int ordinal, SavedBytes? ledger)
    {
        RecordedDraws draws = new(s_tensors.Value[$"{name}/idx{ordinal}"].data<long>().ToArray());
        return new ActivationSaver(Codec(name), new SaveContext(new ActivationSite(0, ActivationRole.FunctionInput, ordinal), draws), ledger);
    }
}
