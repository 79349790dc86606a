using static TorchSharp.torch;

namespace LeanTune.Adapters.Peft;

/// <summary>Rows of one table, the embedding or the head, that an adapter puts in the place of the model's own: PEFT's trainable tokens.</summary>
/// <param name="Module">The table's module as in the base model's checkpoint, such as <c>model.embed_tokens</c>.</param>
/// <param name="Ids">The tokens, each once.</param>
/// <param name="Values">(n, C), a row for each token in the order of <paramref name="Ids"/>. PEFT calls them delta, but they are the new rows themselves.</param>
public readonly record struct TokenValues(string Module, IReadOnlyList<int> Ids, Tensor Values);
