namespace LeanTune.Activations;

/// <summary>How one block runs.</summary>
/// <param name="Mode">What is kept and what is computed again.</param>
/// <param name="Codec">The form of what is kept; unused in mode none.</param>
public sealed record LayerPlan(ActivationMode Mode, IActivationCodec Codec);
