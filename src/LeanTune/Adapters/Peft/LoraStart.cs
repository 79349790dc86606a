namespace LeanTune.Adapters.Peft;

/// <summary>How a fresh adapter's A (R, in) and B (out, R) are filled: PEFT's <c>init_lora_weights</c>.</summary>
public enum LoraStart
{
    /// <summary>A uniform in ±1/√in, B zero: the model starts unchanged (<c>true</c>).</summary>
    Default,

    /// <summary>A normal with standard deviation 1/R, B zero (<c>"gaussian"</c>).</summary>
    Gaussian,

    /// <summary>A uniform in ±1/√in, B uniform in ±1/√R: the model starts changed, for tests (<c>false</c>).</summary>
    Random,
}
