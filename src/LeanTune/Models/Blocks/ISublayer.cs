using LeanTune.Activations;
using LeanTune.Activations.Functions;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Attention or MLP: what stands between a norm and the residual sum of half a block.</summary>
internal interface ISublayer
{
    /// <summary>The parts in which these rows can be computed one after another, under the pass's tiling. Their outputs are added where their rows are the same.</summary>
    IReadOnlyList<SublayerPart> Parts(RowTile tile, ForwardPass pass);

    /// <summary>All of these rows in one part.</summary>
    SublayerPart Whole(RowTile tile);

    /// <summary>Computes one part. Records a graph when gradients are on.</summary>
    /// <param name="normed">(rows of the part, C). Borrowed.</param>
    /// <param name="pass">The forward pass it belongs to.</param>
    /// <param name="part">Which part.</param>
    /// <returns>(rows of the part, C); the caller disposes it.</returns>
    Tensor Forward(Tensor normed, ForwardPass pass, SublayerPart part);

    /// <summary>Computes all rows and records a graph that keeps little and computes nothing again.</summary>
    /// <param name="normed">(N, C). Borrowed.</param>
    /// <param name="kept">What is kept of it. Borrowed.</param>
    /// <param name="inside">The form in which the inputs of functions within are kept.</param>
    /// <param name="pass">The forward pass it belongs to.</param>
    /// <returns>(N, C); the caller disposes it.</returns>
    Tensor ForwardKept(Tensor normed, SharedActivation kept, IActivationCodec inside, ForwardPass pass);
}
