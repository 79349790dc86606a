using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Rotary position embedding: each pair (i, i + D/2) of a head is turned by position · frequency_i.</summary>
public static class RotaryEmbedding
{
    /// <summary>The frequencies of a head's D/2 pairs, fp32.</summary>
    /// <param name="config">Base and scaling.</param>
    /// <param name="headWidth">D.</param>
    public static float[] Frequencies(RotaryConfig config, int headWidth)
    {
        float[] frequencies = new float[headWidth / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            // fp32 throughout, as the reference computes them: the tables are compared in fp32.
            float frequency = 1f / MathF.Pow((float)config.Theta, 2f * i / headWidth);
            frequencies[i] = config.Scaling switch
            {
                null => frequency,
                RotaryScaling.Linear linear => frequency / (float)linear.Factor,
                RotaryScaling.Llama3 llama => Stretch(frequency, llama),
                _ => throw new NotSupportedException($"Rotary scaling {config.Scaling} has no frequencies."),
            };
        }

        return frequencies;
    }

    /// <summary>Cosines and sines of positions.</summary>
    /// <param name="positions">(B, T) or (1, T) int64.</param>
    /// <param name="frequencies">D/2 frequencies.</param>
    /// <param name="dtype">Data type of the tables.</param>
    /// <returns>Both (B, 1, T, D/2); the caller disposes them.</returns>
    public static (Tensor Cosine, Tensor Sine) Tables(Tensor positions, float[] frequencies, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor angles = positions.to(ScalarType.Float32).unsqueeze(1).unsqueeze(-1) * tensor(frequencies, device: positions.device); // (B, 1, T, D/2)
        return (angles.cos().to(dtype).MoveToOuterDisposeScope(), angles.sin().to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Rotates heads; linear, so the backward pass is the rotation by the negative angle and nothing of the input is kept.</summary>
    /// <param name="heads">(B, H, T, D), any strides.</param>
    /// <param name="cosine">(B, 1, T, D/2), borrowed until the backward pass.</param>
    /// <param name="sine">(B, 1, T, D/2), borrowed until the backward pass.</param>
    /// <returns>(B, H, T, D), contiguous; the caller disposes it.</returns>
    public static Tensor Rotate(Tensor heads, Tensor cosine, Tensor sine)
    {
        ArgumentNullException.ThrowIfNull(heads);
        Tensor rotated;
        using (no_grad())
        {
            rotated = empty(heads.shape, heads.dtype, heads.device);
            Turn(heads, rotated, cosine, sine, sign: 1);
        }

        return AutogradNode.Attach([heads], rotated, gradient =>
        {
            // Laid out as the projection's gradient is read: (B, T, H, D).
            long[] shape = gradient.shape;
            Tensor turned = empty([shape[0], shape[2], shape[1], shape[3]], gradient.dtype, gradient.device).transpose(1, 2); // (B, H, T, D)
            Turn(gradient, turned, cosine, sine, sign: -1);
            return [turned];
        });
    }

    private static void Turn(Tensor heads, Tensor turned, Tensor cosine, Tensor sine, int sign)
    {
        using DisposeScope scope = NewDisposeScope();
        long half = heads.shape[^1] / 2;
        Tensor first = heads.narrow(-1, 0, half), second = heads.narrow(-1, half, half);
        turned.narrow(-1, 0, half).copy_(first).mul_(cosine).addcmul_(second, sine, value: -sign);
        turned.narrow(-1, half, half).copy_(second).mul_(cosine).addcmul_(first, sine, value: sign);
    }

    private static float Stretch(float frequency, RotaryScaling.Llama3 scaling)
    {
        float wavelength = 2 * MathF.PI / frequency;
        float original = scaling.OriginalPositions;
        if (wavelength < original / scaling.HighFrequencyFactor) return frequency;
        if (wavelength > original / scaling.LowFrequencyFactor) return frequency / (float)scaling.Factor;
        float kept = (float)(((original / wavelength) - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor));
        return ((1 - kept) * frequency / (float)scaling.Factor) + (kept * frequency);
    }
}
