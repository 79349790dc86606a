namespace LeanTune.Activations;

/// <summary>Which value of a norm is kept.</summary>
internal enum NormSave
{
    /// <summary>The normalised value before the affine weight: the product's choice.</summary>
    Normalized,

    /// <summary>The norm's output, as the reference implementation keeps it; its backward divides by the weight. For comparison with it alone.</summary>
    Output,
}
