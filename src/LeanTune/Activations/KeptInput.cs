using LeanTune.Activations.Functions;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>One input of a checkpointed segment between the two passes: what its codec keeps, noted in the ledger until it is let go.</summary>
internal sealed class KeptInput : IDisposable
{
    private readonly SavedActivation _activation;
    private readonly bool _wantsGradient;
    private readonly ActivationSite _site;
    private readonly long _bytes;
    private SavedBytes? _counted;

    private KeptInput(SavedActivation activation, bool wantsGradient, ActivationSite site, SavedBytes? counted)
    {
        (_activation, _wantsGradient, _site, _counted, _bytes) = (activation, wantsGradient, site, counted, activation.Bytes);
        counted?.Add(site, activation.Kind, _bytes);
    }

    /// <summary>Keeps an input; one that is not of a floating type, or has no codec, is shared as it is and uncounted: its owner's memory, which lives at least as long as this.</summary>
    /// <exception cref="ArgumentException">A codec that is not exact has no draws.</exception>
    public static KeptInput Keep(Tensor input, IActivationCodec? codec, in SaveContext context, SavedBytes? counted)
    {
        bool compress = codec is not null && input.is_floating_point();
        if (compress && !codec!.Lossless && context.Draws is null)
            throw new ArgumentException($"The codec ({codec}) chooses at random and needs a context with draws: give one SaveContext for each input that has a codec.", nameof(context));
        SavedActivation activation = compress ? codec!.Save(input, context) : new SharedRows(input);
        return new KeptInput(activation, input.requires_grad, context.Site, compress ? counted : null);
    }

    /// <summary>Rebuilds the input as a leaf that asks for a gradient if the input did; the caller disposes it.</summary>
    public Tensor RestoreLeaf() => Leaf(_activation.Restore());

    /// <summary>Rebuilds some rows of it.</summary>
    public Tensor RestoreLeaf(RowTile tile) => Leaf(_activation.Restore(tile.First, tile.Rows));

    /// <inheritdoc/>
    public void Dispose()
    {
        _counted?.Remove(_site, _activation.Kind, _bytes);
        _counted = null;
        _activation.Dispose();
    }

    private Tensor Leaf(Tensor restored) => _wantsGradient ? restored.requires_grad_() : restored;
}
