using System.Security.Cryptography;
using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Checkpoints;
using LeanTune.Generation;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>A real model against what transformers computed with the same weights (shared/golden/smollm2).</summary>
public sealed class SmolLm2Goldens(SmolLm2 model) : IClassFixture<SmolLm2>
{
    // Of 20 recorded windows: enough to see a wrong sum, few enough for a unit test.
    private const int Windows = 8;

    [Fact]
    public void Greedy_text_equals_the_reference_up_to_its_end()
    {
        using HubFolder hub = HubFolder.Open(model.Folder);
        using Decoder decoder = DecoderLoader.Load(hub, ScalarType.Float32);
        TextGenerator generator = new(decoder, Tokenizer.Load(model.Folder));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Repository.SharedOrSkip("golden/smollm2/forward/forward.json")));
        int prompts = 0, compared = 0;
        foreach (JsonElement chat in json.RootElement.GetProperty("chat").EnumerateArray())
        {
            int[] Ids(string name) => [.. chat.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
            int stop = chat.GetProperty("stop_index").GetInt32();
            // Where the reference's best two logits are nearer than its own rounding, another fp32 may choose otherwise, and what follows with it.
            int sure = chat.GetProperty("gap_per_step").EnumerateArray().Take(stop).TakeWhile(gap => gap.GetDouble() > 2e-3).Count();
            int[] written = [.. generator.Tokens(Ids("prompt_ids"), new SamplingOptions { Temperature = 0, MaxNewTokens = sure == stop ? 40 : sure })];
            written.ShouldBe(Ids("greedy_ids_40_without_stopping")[..sure], $"prompt {prompts}");
            compared += sure;
            prompts++;
        }

        (prompts, compared).ShouldBe((5, 7 + 40 + 24 + 40 + 40));
    }

    [Fact]
    public void Logits_and_windows_of_text_equal_the_reference()
    {
        using HubFolder hub = HubFolder.Open(model.Folder);
        using Decoder decoder = DecoderLoader.Load(hub, ScalarType.Float32);
        string golden = Repository.SharedOrSkip("golden/smollm2/forward");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(golden, "forward.json")));
        using SafetensorsFile logits = SafetensorsFile.Open(Path.Combine(golden, "logits.safetensors"));
        using IDisposable quiet = no_grad();
        int prompts = 0;
        foreach (JsonElement prompt in json.RootElement.GetProperty("plain").EnumerateArray())
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = tensor(prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray()).unsqueeze(0);
            using ForwardPass pass = new(decoder.Config, ids, decoder.Dtype);
            List<(double Last, double All)> norms = [];
            Tensor all = decoder.Logits(decoder.Forward(ids, pass, (_, state) =>
            {
                using DisposeScope inner = NewDisposeScope();
                Tensor rows = state.reshape(-1, decoder.Config.Width); // (T, C)
                norms.Add((rows[-1].norm().item<float>(), rows.norm().item<float>()));
            }));
            norms.Count.ShouldBe(decoder.Config.Blocks + 1);
            for (int i = 0; i < norms.Count; i++)
            {
                double last = prompt.GetProperty("hidden_l2_norm_last_position")[i].GetDouble(), whole = prompt.GetProperty("hidden_l2_norm_all_positions")[i].GetDouble();
                norms[i].Last.ShouldBe(last, 1e-4 * last, $"prompt {prompts}, hidden state {i}, last position");
                norms[i].All.ShouldBe(whole, 1e-4 * whole, $"prompt {prompts}, hidden state {i}");
            }

            Tensor positions = tensor(prompt.GetProperty("positions").EnumerateArray().Select(p => p.GetInt64()).ToArray());
            using Tensor expected = logits.Read($"plain{prompts}.logits");
            DecoderGoldens.Difference(all[positions], expected).ShouldBeLessThan(5e-4, $"prompt {prompts}");
            prompts++;
        }

        prompts.ShouldBeGreaterThan(3);
        using SafetensorsFile windows = SafetensorsFile.Open(Path.Combine(golden, "wikitext_windows.safetensors"));
        using Tensor window = windows.Read("windows", ScalarType.Int64);
        JsonElement sums = json.RootElement.GetProperty("wikitext").GetProperty("nll_sum_per_window");
        for (int i = 0; i < Windows; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = window[i].unsqueeze(0);
            using ForwardPass pass = new(decoder.Config, ids, decoder.Dtype);
            double sum = ChunkedCrossEntropy.Sum(decoder.Forward(ids, pass), decoder.Head, ids, 1).item<float>();
            sum.ShouldBe(sums[i].GetDouble(), 1e-5 * sums[i].GetDouble(), $"window {i}");
        }
    }

    [Theory]
    [InlineData(ActivationMode.None, 1)]
    [InlineData(ActivationMode.Sublayer, 1)]
    [InlineData(ActivationMode.Layer, 2)]
    public void First_recorded_steps_repeat_in_every_mode(ActivationMode mode, int steps)
    {
        string golden = Repository.SharedOrSkip("golden/smollm2/finetune-gsm8k");
        JsonElement recorded = RecordedRun.Trajectory(golden, "fp32");
        using RecordedRun run = new(model.Folder, golden, ScalarType.Float32, blocks => ActivationPlan.Uniform(blocks, mode, new Exact()));
        using (Tensor start = run.Parameters.ByName["model.layers.0.self_attn.q_proj.lora_A.weight"].detach())
            Convert.ToHexStringLower(SHA256.HashData(start.bytes)).ShouldBe(
                recorded.GetProperty("init_lora_A_sha256_fp32").GetProperty("layers.0.q_proj.lora_A").GetString());
        for (int step = 0; step < steps; step++)
        {
            (double loss, double norm) = run.Step();
            loss.ShouldBe(recorded.GetProperty("loss")[step].GetDouble(), 1e-4, $"step {step + 1}");
            double expected = recorded.GetProperty("grad_norm_before_clipping")[step].GetDouble();
            norm.ShouldBe(expected, 2e-4 * expected, $"step {step + 1}");
        }
    }

    /// <summary>The band is the goldens' own: bf16 runs of the reference with different kernels lie as far apart.</summary>
    [Theory]
    [InlineData(ActivationMode.None, 1)]
    [InlineData(ActivationMode.Layer, 2)]
    public void First_recorded_steps_in_bf16_stay_within_the_recorded_band(ActivationMode mode, int steps)
    {
        string golden = Repository.SharedOrSkip("golden/smollm2/finetune-gsm8k");
        JsonElement recorded = RecordedRun.Trajectory(golden, "bf16");
        using RecordedRun run = new(model.Folder, golden, ScalarType.BFloat16, blocks => ActivationPlan.Uniform(blocks, mode, new Exact()));
        for (int step = 0; step < steps; step++)
        {
            (double loss, double norm) = run.Step();
            loss.ShouldBe(recorded.GetProperty("loss")[step].GetDouble(), 0.06, $"step {step + 1}");
            double expected = recorded.GetProperty("grad_norm_before_clipping")[step].GetDouble();
            if (step == 0) norm.ShouldBe(expected, 0.03 * expected);
        }
    }

    /// <summary>Names, shapes, type and settings; the reference's own tensors were put away as halves.</summary>
    [Fact]
    public void The_saved_adapter_is_one_as_PEFT_writes_it()
    {
        string golden = Repository.SharedOrSkip("golden/smollm2/finetune-gsm8k");
        using TemporaryFolder saved = new();
        using (RecordedRun run = new(model.Folder, golden, ScalarType.Float32, blocks => ActivationPlan.Uniform(blocks, ActivationMode.Layer, new Exact())))
        {
            run.Step();
            run.Save(saved.Path);
        }

        string reference = Path.Combine(golden, "fp32", "adapter");
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(reference, "adapter_model.safetensors")), actual = SafetensorsFile.Open(saved.File("adapter_model.safetensors"));
        actual.Names.ShouldBe(expected.Names, ignoreOrder: true);
        foreach (string name in expected.Names)
        {
            actual.Info(name).Shape.ShouldBe(expected.Info(name).Shape, name);
            actual.Info(name).Dtype.ShouldBe(ScalarType.Float32, name);
        }

        using JsonDocument theirs = JsonDocument.Parse(File.ReadAllText(Path.Combine(reference, "adapter_config.json"))), ours = JsonDocument.Parse(File.ReadAllText(saved.File("adapter_config.json")));
        foreach (JsonProperty setting in ours.RootElement.EnumerateObject())
            JsonElement.DeepEquals(setting.Value, theirs.RootElement.GetProperty(setting.Name)).ShouldBeTrue($"{setting.Name}: {setting.Value.GetRawText()}");
    }
}
