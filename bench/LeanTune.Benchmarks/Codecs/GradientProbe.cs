using System.Diagnostics;
using LeanTune.Activations;
using LeanTune.Data;
using LeanTune.Native;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>Compares the gradients of ways to keep activations with those of plain LoRA, on the same batches.</summary>
internal sealed class GradientProbe : IDisposable
{
    private readonly AdaptedModel _adapted;
    private readonly IReadOnlyList<Batch> _batches;
    private readonly List<Tensor> _exact = []; // (P) a batch

    /// <summary>Computes the exact gradients.</summary>
    /// <param name="adapted">Borrowed.</param>
    /// <param name="batches">Borrowed.</param>
    public GradientProbe(AdaptedModel adapted, IReadOnlyList<Batch> batches)
    {
        (_adapted, _batches) = (adapted, batches);
        StepRunner plain = new(adapted.Model, ActivationPlan.Uniform(adapted.Model.Config.Blocks, ActivationMode.None, new Activations.Codecs.Exact()), seed: 0);
        for (int i = 0; i < batches.Count; i++)
        {
            Backward(plain, i);
            _exact.Add(adapted.Parameters.Gradients.clone());
        }
    }

    /// <summary>Runs a codec in a mode over all batches.</summary>
    /// <param name="mode">A mode, or layer2 for two blocks a checkpoint.</param>
    /// <param name="codec">The codec.</param>
    /// <exception cref="ArgumentException">The codec cannot serve the mode.</exception>
    public CodecResult Measure(string mode, CodecChoice codec)
    {
        CodecResult result = new(mode, codec);
        CodecMeter meter = new();
        StepRunner runner = new(_adapted.Model, Plans.Uniform(_adapted.Model.Config.Blocks, mode, new MeteredCodec(codec.Codec, meter)), seed: 0);
        for (int i = 0; i < _batches.Count; i++)
        {
            meter.Reset();
            double seconds = Backward(runner, i);
            Tensor gradient = _adapted.Parameters.Gradients;
            result.Whole.Add(GradientError.Of(gradient, _exact[i]));
            result.Blocks.Add([.. _adapted.Blocks.Select(block => OfBlock(gradient, _exact[i], block.First, block.Count))]);
            result.Bits.Add(meter.BitsPerElement);
            result.Kept.Add(runner.KeptBytes);
            result.Seconds.Add((seconds, meter.EncodeSeconds, meter.DecodeSeconds));
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor gradient in _exact) gradient.Dispose();
        _exact.Clear();
    }

    private double Backward(StepRunner runner, int batch)
    {
        using FinalizerGate.Hold hold = FinalizerGate.Close(); // numbers survive while libtorch reads them
        _adapted.Parameters.ZeroGradients();
        Stopwatch watch = Stopwatch.StartNew();
        runner.Train(_batches[batch], 1.0 / _batches[batch].SupervisedTokens, batch);
        return watch.Elapsed.TotalSeconds;
    }

    private static GradientError OfBlock(Tensor gradient, Tensor exact, long first, long count)
    {
        using Tensor part = gradient.narrow(0, first, count), exactPart = exact.narrow(0, first, count);
        return GradientError.Of(part, exactPart);
    }
}
