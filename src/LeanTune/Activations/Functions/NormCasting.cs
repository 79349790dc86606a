namespace LeanTune.Activations.Functions;

/// <summary>Where a norm of 16-bit tensors rounds.</summary>
public enum NormCasting
{
    /// <summary>The normalised value is rounded to the input's type before the affine weight, as Llama does.</summary>
    Input,

    /// <summary>Everything runs in fp32 and is rounded once, at the end.</summary>
    All,
}
