using LeanTune.Activations;

namespace LeanTune.Models.Blocks;

/// <summary>
/// How the insides of a block are cut so that they never exist all at once: groups of sequences first, which attention never
/// crosses; where one sequence is too long, groups of key/value heads for attention and tiles of tokens for the MLP.
/// </summary>
/// <param name="Sequences">Sequences of a group.</param>
/// <param name="FeedRows">Tokens of an MLP tile.</param>
/// <param name="Heads">Key/value heads of a group, each with its queries.</param>
internal sealed record Tiling(long Sequences, long FeedRows, int Heads)
{
    /// <summary>Tokens below which matrix products lose speed.</summary>
    private const long FewestRows = 128;

    /// <summary>Numbers that one token needs in the MLP while it runs backward: gate, up and their product, and the gradients of all three.</summary>
    private const long FeedTensors = 7;

    /// <summary>The cut for a budget.</summary>
    /// <param name="config">Shapes.</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T.</param>
    /// <param name="elementBytes">Bytes of a number of the residual stream.</param>
    /// <param name="budget">Bytes that the insides of one block may take.</param>
    public static Tiling For(DecoderConfig config, long batch, long tokens, int elementBytes, long budget)
    {
        long feed = FeedTensors * config.FeedForward * elementBytes;
        long head = AttentionNumbers(config) * config.HeadWidth * elementBytes; // per token and key/value head
        long common = 3L * config.Width * elementBytes; // input, normalised input, and its gradient
        long token = feed + (head * config.KeyValueHeads) + common;
        long sequences = Math.Clamp(budget / (token * tokens), 1, batch);
        long rows = sequences * tokens;
        if (token * rows <= budget) return new Tiling(sequences, rows, config.KeyValueHeads);
        long feedRows = Math.Clamp(budget / feed, Math.Min(FewestRows, rows), rows);
        if (feedRows < rows && feedRows > FewestRows) feedRows -= feedRows % FewestRows;
        int heads = (int)Math.Clamp(budget / (head * rows), 1, config.KeyValueHeads);
        return new Tiling(sequences, feedRows, heads);
    }

    /// <summary>Groups of sequences as tiles of rows; one tile when all fit together.</summary>
    public IReadOnlyList<RowTile> Groups(long batch, long tokens) => [.. new RowTile(0, batch * tokens).Cut(Sequences * tokens)];

    /// <summary>Head widths that one token needs for one key/value head: its queries, key, value and output, twice over for their gradients.</summary>
    private static long AttentionNumbers(DecoderConfig config) => 2 * ((3L * config.Heads / config.KeyValueHeads) + 2);
}
