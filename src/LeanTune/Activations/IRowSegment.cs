using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>
/// A stretch of a network that maps rows to as many rows and can be computed tile by tile, so that its insides never exist all at
/// once. Tiles must be independent: where rows see each other (attention), a tile holds whole sequences.
/// </summary>
public interface IRowSegment
{
    /// <summary>Computes some rows of the output. Records a graph when gradients are on.</summary>
    /// <param name="input">(rows of the tile, n). Borrowed.</param>
    /// <param name="tile">Which rows they are, for what depends on the place: dropout, masks.</param>
    /// <returns>(rows of the tile, p); the caller disposes it.</returns>
    Tensor Forward(Tensor input, RowTile tile);

    /// <summary>Computes the same rows again and runs their backward pass; parameters add to their own gradients.</summary>
    /// <param name="input">(rows of the tile, n), a leaf that asks for a gradient or does not. Borrowed.</param>
    /// <param name="gradient">Of the output's rows. Borrowed.</param>
    /// <param name="tile">Which rows they are.</param>
    /// <returns>The input's gradient, or null where it asks for none or gets none; the caller disposes it. Called with gradients off.</returns>
    Tensor? Backward(Tensor input, Tensor gradient, RowTile tile);
}
