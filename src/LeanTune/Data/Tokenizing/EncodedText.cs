namespace LeanTune.Data;

/// <summary>Token ids of a text, and where in the text each comes from.</summary>
/// <param name="Ids">Token ids in order.</param>
/// <param name="Offsets">For each token, the UTF-16 positions in the text where it starts and ends (exclusive).</param>
public readonly record struct EncodedText(int[] Ids, (int Start, int End)[] Offsets);
