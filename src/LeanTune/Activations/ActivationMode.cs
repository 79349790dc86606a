namespace LeanTune.Activations;

/// <summary>How a block runs.</summary>
public enum ActivationMode
{
    /// <summary>Everything is kept, as plain autograd does; frozen linears keep nothing.</summary>
    None,

    /// <summary>Linears, norms and functions keep little each: normalised values by the plan's codec, the MLP's inside in 8 bits (as it is with an exact codec), attention exactly. Nothing is computed again.</summary>
    Ops,

    /// <summary>The normalised inputs of attention and MLP are kept; their insides are computed again.</summary>
    Sublayer,

    /// <summary>Each block's input is kept; the block is computed again.</summary>
    Layer,
}
