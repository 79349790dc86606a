namespace LeanTune.Activations.Functions;

/// <summary>Which form of GELU.</summary>
public enum GeluKind
{
    /// <summary>x · Φ(x), through the error function.</summary>
    Erf,

    /// <summary>x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
    Tanh,

    /// <summary>x · σ(1.702 x).</summary>
    Quick,
}
