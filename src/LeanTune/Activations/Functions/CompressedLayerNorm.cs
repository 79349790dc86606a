using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// Layer norm, y = w · (x − mean(x)) / √(var(x) + ε) + b, that keeps its normalised value in the form a codec chooses and one number a row, for
/// itself and for the linears that read its output.
/// </summary>
public static class CompressedLayerNorm
{
    /// <summary>Applies the norm to the last dimension.</summary>
    /// <param name="input">x, (..., n). Borrowed.</param>
    /// <param name="weight">w, (n). Borrowed; not to be written to before the backward pass.</param>
    /// <param name="bias">b, (n), or null. Borrowed likewise.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="saver">How the normalised value is kept.</param>
    /// <param name="casting">Where 16-bit tensors are rounded.</param>
    /// <returns>(..., n) in the input's type; the caller disposes it.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias, double epsilon, in ActivationSaver saver, NormCasting casting = NormCasting.Input)
    {
        Tensor output = Apply(input, weight, bias, epsilon, saver, out SharedActivation? kept, casting);
        kept?.Dispose();
        return output;
    }

    /// <summary>Applies the norm and hands out what is kept, for the linears that read the output.</summary>
    /// <param name="input">x, (..., n). Borrowed.</param>
    /// <param name="weight">w, (n). Borrowed; not to be written to before the backward pass.</param>
    /// <param name="bias">b, (n), or null. Borrowed likewise.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="saver">How the normalised value is kept.</param>
    /// <param name="kept">A handle on the output, or null when no graph is recorded; the caller disposes it.</param>
    /// <param name="casting">Where 16-bit tensors are rounded.</param>
    /// <returns>(..., n) in the input's type; the caller disposes it.</returns>
    public static Tensor Apply(
        Tensor input, Tensor weight, Tensor? bias, double epsilon, in ActivationSaver saver, out SharedActivation? kept, NormCasting casting = NormCasting.Input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return new NormFunction(weight, bias, epsilon, centred: true, casting).Apply(input, saver, out kept);
    }
}
