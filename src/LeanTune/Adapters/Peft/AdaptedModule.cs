namespace LeanTune.Adapters.Peft;

/// <summary>One linear layer that gets an adapter.</summary>
/// <param name="Module">Its name as in the base model's checkpoint, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Rank">R: A is (R, in), B is (out, R).</param>
/// <param name="Alpha">Numerator of the scale.</param>
/// <param name="Scale">Factor on the branch: alpha / R, or alpha / √R with rsLoRA.</param>
public sealed record AdaptedModule(string Module, int Rank, double Alpha, double Scale);
