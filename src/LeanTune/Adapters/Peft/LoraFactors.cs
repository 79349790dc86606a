using static TorchSharp.torch;

namespace LeanTune.Adapters.Peft;

/// <summary>The two trained matrices of one adapted module.</summary>
/// <param name="Module">The module's name as in the base model's checkpoint, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="A">(R, in), applied first.</param>
/// <param name="B">(out, R).</param>
public readonly record struct LoraFactors(string Module, Tensor A, Tensor B);
