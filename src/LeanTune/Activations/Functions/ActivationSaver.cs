using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>How and where a function with compressed saves keeps one activation.</summary>
/// <param name="Codec">The form in which it is kept.</param>
/// <param name="Context">Where it stands, and what the codec needs beside it.</param>
/// <param name="Ledger">Counts what is kept, or null.</param>
public readonly record struct ActivationSaver(IActivationCodec Codec, SaveContext Context, SavedBytes? Ledger = null)
{
    /// <summary>Keeps an activation.</summary>
    /// <param name="activation">(..., n). Borrowed.</param>
    /// <returns>The first handle on it; the caller disposes it.</returns>
    public SharedActivation Save(Tensor activation)
    {
        using (no_grad()) return SharedActivation.Own(Codec.Save(activation, Context), Context.Site, Ledger);
    }
}
