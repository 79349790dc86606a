namespace LeanTune.Activations;

/// <summary>How one block runs.</summary>
/// <param name="Mode">What is kept and what is computed again.</param>
/// <param name="Codec">The form of what is kept; unused in mode none.</param>
/// <param name="JoinsBefore">In mode layer: shares the checkpoint of the block before, whose input alone is then kept.</param>
public sealed record LayerPlan(ActivationMode Mode, IActivationCodec Codec, bool JoinsBefore = false);
