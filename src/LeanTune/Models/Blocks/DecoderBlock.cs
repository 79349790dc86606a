namespace LeanTune.Models.Blocks;

/// <summary>One block of a decoder: x + attention(norm(x)), then x + mlp(norm(x)). How it runs is <see cref="BlockRunner"/>'s.</summary>
/// <param name="index">Index of the block.</param>
/// <param name="inputNorm">Before attention.</param>
/// <param name="attention">The attention.</param>
/// <param name="postNorm">Before the MLP.</param>
/// <param name="mlp">The feed-forward layer.</param>
internal sealed class DecoderBlock(int index, RmsNorm inputNorm, Attention attention, RmsNorm postNorm, GatedMlp mlp)
{
    /// <summary>Index of the block.</summary>
    public int Index { get; } = index;

    /// <summary>The norm before attention.</summary>
    public RmsNorm InputNorm { get; } = inputNorm;

    /// <summary>The attention.</summary>
    public Attention Attention { get; } = attention;

    /// <summary>The norm before the MLP.</summary>
    public RmsNorm PostNorm { get; } = postNorm;

    /// <summary>The feed-forward layer.</summary>
    public GatedMlp Mlp { get; } = mlp;

    /// <summary>Both halves in forward order.</summary>
    public IReadOnlyList<BlockHalf> Halves { get; } = [new(inputNorm, attention), new(postNorm, mlp)];
}
