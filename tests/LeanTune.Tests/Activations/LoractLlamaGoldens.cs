using LeanTune.Activations;
using LeanTune.Optimization;

namespace LeanTune.Tests.Activations;

/// <summary>A tiny Llama in every mode against the reference implementation of LoRAct, with its samples replayed.</summary>
/// <remarks>Tolerances: about ten times the distance of the reference to our own float64 computation at the same samples.</remarks>
public sealed class LoractLlamaGoldens
{
    public static TheoryData<string> Modes => [.. LoractLlama.Modes];

    public static TheoryData<string> TrainedModes => [.. LoractLlama.Modes.Where(mode => LoractLlama.Losses(mode).Length == 10)];

    public static TheoryData<string> CompressedModes => [.. LoractLlama.Modes.Where(mode => LoractLlama.RankOf(mode) is not null)];

    /// <summary>Below full rank, on the batch that the exact gradients belong to.</summary>
    public static TheoryData<string> LossyModes =>
        [.. LoractLlama.Modes.Where(mode => LoractLlama.RankOf(mode) < 64 && !mode.EndsWith("_wide", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Modes))]
    public void Gradients_of_the_first_step_equal_the_reference(string mode)
    {
        using LoractLlama llama = new();
        llama.Step(mode, 0).ShouldBe(LoractLlama.Losses(mode)[0], 3e-5);
        // The reference's two uncompressed layer modes have the gradients of plain training, and are not repeated in the file.
        (double all, double worst) = llama.GradientError(mode is "torch_checkpoint" or "layer_uncompressed" ? "plain" : mode);
        all.ShouldBeLessThan(5e-5);
        worst.ShouldBeLessThan(2e-4);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("torch_checkpoint")]
    [InlineData("sublayer_uncompressed")]
    [InlineData("layer_k64")]
    [InlineData("sublayer_k64")]
    public void Without_loss_the_gradients_are_the_exact_ones(string mode)
    {
        using LoractLlama llama = new();
        llama.Step(mode, 0);
        (double all, double worst) = llama.GradientError("exact");
        all.ShouldBeLessThan(1e-5);
        worst.ShouldBeLessThan(3e-5);
    }

    [Theory, MemberData(nameof(LossyModes))]
    public void Compression_costs_as_much_gradient_as_it_cost_the_reference(string mode)
    {
        using LoractLlama llama = new();
        llama.Step(mode, 0);
        double recorded = LoractLlama.Figures(mode).GetProperty("grad_vs_exact_rel").GetDouble();
        llama.GradientError("exact").All.ShouldBe(recorded, 1e-3 * recorded);
    }

    [Theory, MemberData(nameof(TrainedModes))]
    public void Ten_steps_repeat_the_losses_and_the_weights(string mode)
    {
        using LoractLlama llama = new();
        (AdamW optimizer, double rate) = LoractLlama.Optimizer(llama.Parameters);
        using AdamW owned = optimizer;
        double[] losses = LoractLlama.Losses(mode);
        for (int step = 0; step < losses.Length; step++)
        {
            llama.Step(mode, step).ShouldBe(losses[step], 3e-4, $"step {step}");
            optimizer.Step(rate);
        }

        string recorded = mode is "torch_checkpoint" or "layer_uncompressed" or "sublayer_uncompressed" or "layer_k64" or "sublayer_k64" ? "plain" : mode;
        if (recorded is not ("plain" or "layer_k16" or "sublayer_k16")) return; // weights are recorded for these
        llama.WeightError($"{recorded}_after10steps").All.ShouldBeLessThan(1e-4);
    }

    [Theory, MemberData(nameof(CompressedModes))]
    public void Factors_take_the_bytes_that_they_take_in_the_reference(string mode)
    {
        using LoractLlama llama = new();
        SavedBytes saved = new();
        llama.Step(mode, 0, saved);
        long factors = LoractLlama.Figures(mode).GetProperty("kept_by_autograd").GetProperty("bytes_compressed_factors").GetInt64();
        long rows = mode.EndsWith("_wide", StringComparison.Ordinal) ? 40 : 96;
        long statistics = mode.StartsWith("sublayer", StringComparison.Ordinal) ? 6 : 0; // 1/rms of each sublayer's norm
        saved.Peak.ShouldBe(factors + (statistics * rows * sizeof(float)));
        saved.Total.ShouldBe(0);
    }

    /// <summary>The reference keeps norms' rows, masks and the embeddings' result beside its factors.</summary>
    [Theory, MemberData(nameof(CompressedModes))]
    public void No_more_is_kept_than_in_the_reference(string mode)
    {
        using LoractLlama llama = new();
        SavedBytes saved = new();
        llama.Step(mode, 0, saved);
        saved.Peak.ShouldBeLessThanOrEqualTo(LoractLlama.Figures(mode).GetProperty("kept_by_autograd").GetProperty("bytes").GetInt64());
    }
}
