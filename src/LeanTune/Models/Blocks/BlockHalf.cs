namespace LeanTune.Models.Blocks;

/// <summary>x + f(norm(x)): half of a block, the unit of which every way to keep activations is made.</summary>
/// <param name="Norm">The norm before the sublayer.</param>
/// <param name="Sublayer">f.</param>
internal sealed record BlockHalf(RmsNorm Norm, ISublayer Sublayer)
{
    /// <summary>The half as a segment of the residual stream.</summary>
    public HalfSegment In(ForwardPass pass) => new(this, pass);
}
