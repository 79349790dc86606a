namespace LeanTune.Activations;

/// <summary>How a block runs.</summary>
public enum ActivationMode
{
    /// <summary>Everything is kept, as plain autograd does; frozen linears keep nothing.</summary>
    None,

    /// <summary>The normalised inputs of attention and MLP are kept; their insides are computed again.</summary>
    Sublayer,

    /// <summary>Each block's input is kept; the block is computed again.</summary>
    Layer,
}
