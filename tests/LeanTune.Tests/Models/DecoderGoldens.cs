using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Generation.KvCaches;
using LeanTune.Models;
using LeanTune.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>Every decoder family against values that transformers and PEFT computed (tests/fixtures/models).</summary>
public sealed class DecoderGoldens
{
    public static TheoryData<string> Families => ["llama", "llama_linear", "llama31", "mistral", "qwen2", "qwen3", "smollm3"];

    public static TheoryData<string, ActivationMode> FamiliesAndModes
    {
        get
        {
            TheoryData<string, ActivationMode> data = [];
            foreach (string family in Families)
                foreach (ActivationMode mode in Enum.GetValues<ActivationMode>())
                    data.Add(family, mode);
            return data;
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void Logits_hidden_states_and_loss_equal_the_reference(string family)
    {
        using FamilyGolden golden = new(family);
        using IDisposable quiet = no_grad();
        using ForwardPass pass = golden.Pass();
        List<Tensor> states = [];
        using Tensor hidden = golden.Model.Forward(golden["input_ids"], pass, (_, state) => states.Add(state.clone()));
        using Tensor logits = golden.Model.Logits(hidden);
        Tensor real = golden["attention_mask"].to(ScalarType.Bool).view(-1); // (N)
        Difference(logits, golden["logits"], real).ShouldBeLessThan(3e-5);
        for (int i = 0; i < states.Count; i++)
            Difference(states[i], golden[$"hidden_states.{i}"], real).ShouldBeLessThan(4e-5, $"hidden state {i}");
        states.Count.ShouldBe(golden.Model.Config.Blocks + 1);
        golden.Loss(hidden).ShouldBe(golden.Scalar("loss"), 1e-5);
    }

    [Theory, MemberData(nameof(Families))]
    public void Older_and_newer_config_spellings_mean_the_same(string family)
    {
        string folder = Repository.Fixture($"models/{family}");
        DecoderConfig Read(string name)
        {
            using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name)));
            return LeanTune.Models.Families.DecoderFamilies.Read(json.RootElement, name);
        }

        DecoderConfig newer = Read("config.json"), older = Read("config_v4_style.json");
        newer.ShouldBe(older with { Windows = newer.Windows, Rotated = newer.Rotated });
        newer.Windows.ShouldBe(older.Windows);
        newer.Rotated.ShouldBe(older.Rotated);
    }

    [Theory, MemberData(nameof(Families))]
    public void Greedy_continuation_with_the_cache_equals_the_reference(string family)
    {
        using FamilyGolden golden = new(family);
        using IDisposable quiet = no_grad();
        using FullKvCache cache = new(golden.Model.Config.Blocks);
        long[] expected = golden["generated"].data<long>().ToArray();
        Tensor next = golden["prompt"]; // (2, 6)
        List<long> generated = [];
        for (int step = 0; step < 12; step++)
        {
            using ForwardPass pass = new(golden.Model.Config, next, golden.Model.Dtype, cache: cache);
            using Tensor hidden = golden.Model.Forward(next, pass);
            using Tensor logits = golden.Model.Logits(hidden).view(2, next.shape[1], -1); // (B, T, V)
            next = logits.select(1, -1).argmax(-1, keepdim: true); // (B, 1)
            generated.AddRange(next.data<long>().ToArray());
        }

        for (int row = 0; row < 2; row++)
            for (int step = 0; step < 12; step++)
                generated[(2 * step) + row].ShouldBe(expected[(12 * row) + step], $"row {row}, token {step}");
    }

    [Theory, MemberData(nameof(Families))]
    public void Logits_with_an_adapter_folder_equal_the_reference_and_are_the_base_again_without(string family)
    {
        using FamilyGolden golden = new(family);
        using IDisposable quiet = no_grad();
        Tensor real = golden["attention_mask"].to(ScalarType.Bool).view(-1); // (N)
        using (DecoderAdapter.Load(golden.Model, Repository.Fixture($"models/{family}/adapter")))
            Difference(golden.Logits(), golden["logits_lora"], real).ShouldBeLessThan(3e-5);
        Difference(golden.Logits(), golden["logits"], real).ShouldBeLessThan(3e-5);
    }

    [Theory, MemberData(nameof(FamiliesAndModes))]
    public void Lora_loss_and_gradients_equal_the_reference_in_every_mode(string family, ActivationMode mode)
    {
        using FamilyGolden golden = new(family);
        using FlatParameters parameters = golden.AttachAdapter();
        ActivationPlan plan = ActivationPlan.Uniform(golden.Model.Config.Blocks, mode, new Exact());
        golden.Step(plan).ShouldBe(golden.Scalar("loss_lora"), 1e-5);
        foreach ((string key, Tensor leaf) in parameters.ByName)
        {
            Tensor expected = golden[$"grad.{key}"];
            double largest = expected.abs().max().item<float>();
            Difference(leaf.grad!, expected).ShouldBeLessThan(2e-5 * largest, key);
        }
    }

    [Theory, MemberData(nameof(FamiliesAndModes))]
    public void Ten_AdamW_losses_equal_the_reference_in_every_mode(string family, ActivationMode mode)
    {
        using FamilyGolden golden = new(family);
        using FlatParameters parameters = golden.AttachAdapter();
        using AdamW optimizer = new(parameters, 0.9, 0.999, 1e-8, 0.01);
        ActivationPlan plan = ActivationPlan.Uniform(golden.Model.Config.Blocks, mode, new Exact());
        float[] expected = golden["train_losses"].data<float>().ToArray();
        for (int step = 0; step < expected.Length; step++)
        {
            parameters.ZeroGradients();
            golden.Step(plan).ShouldBe(expected[step], 1e-5, $"step {step + 1}");
            optimizer.Step(1e-2);
        }

        using (no_grad()) golden.Step(plan).ShouldBe(golden.Scalar("train_loss_after"), 1e-5);
    }

    internal static double Difference(Tensor actual, Tensor expected, Tensor? rows = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor difference = (actual.reshape(expected.shape) - expected).abs();
        if (rows is not null) difference = difference.reshape(-1, expected.shape[^1])[rows];
        return difference.max().item<float>();
    }
}
