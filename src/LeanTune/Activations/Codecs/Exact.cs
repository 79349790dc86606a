using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>Keeps the activation itself: plain checkpointing, the exact switch of every other codec.</summary>
/// <remarks>
/// Shares the activation's memory, which must not be written to while it is kept. A view of a larger tensor is copied, so that it
/// does not keep the rest alive.
/// </remarks>
public sealed class Exact : IActivationCodec
{
    /// <inheritdoc/>
    public bool Lossless => true;

    /// <inheritdoc/>
    public bool Serves(ActivationRole role) => true;

    /// <inheritdoc/>
    public SavedActivation Save(Tensor activation, in SaveContext context) => new ExactActivation(activation);

    /// <inheritdoc/>
    public override string ToString() => "exact";
}
