using LeanTune.Models;

namespace LeanTune.Planning;

/// <summary>Counts what one token needs in a block of a model, tensor by tensor as the code of Models/Blocks allocates them.</summary>
internal sealed class BlockShape
{
    private static readonly string[] s_attention = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"];
    private static readonly string[] s_feed = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    /// <summary>Names of a block's linears.</summary>
    public static IEnumerable<string> Linears => s_attention.Concat(s_feed);

    private const double Statistic = sizeof(float); // a norm's 1 / rms

    private readonly AdaptedShape _shape;
    private readonly int _block, _size;
    private readonly DecoderConfig _config;

    public BlockShape(AdaptedShape shape, int block, int elementBytes)
    {
        (_shape, _block, _size, _config) = (shape, block, elementBytes, shape.Config);
        Width = (double)_config.Width * _size;
        Query = (double)_config.Heads * _config.HeadWidth * _size;
        Key = (double)_config.KeyValueHeads * _config.HeadWidth * _size;
        Feed = (double)_config.FeedForward * _size;
    }

    /// <summary>Bytes of a token in the residual stream.</summary>
    public double Width { get; }

    /// <summary>Bytes of a token's queries.</summary>
    public double Query { get; }

    /// <summary>Bytes of a token's keys.</summary>
    public double Key { get; }

    /// <summary>Bytes of a token's gate.</summary>
    public double Feed { get; }

    /// <summary>Norm and attention.</summary>
    public HalfMemory Attention => new(
        false,
        Normed(s_attention.AsSpan(0, 3)) + Hidden(s_attention) + AttentionCore + (Keeps(s_attention[3]) ? Query : 0) + Statistic
            + (_config.QueryKeyNorm ? Query + Key : 0),
        // normed; queries, keys, values, mixed values and those in the order of tokens; output
        (2 * Width) + (3 * Query) + (2 * Key),
        // The gradient of the mixed values, and those of queries, repeated keys and repeated values; the ordered copy is gone by then.
        4 * Query - (Keeps(s_attention[3]) ? Query : 0));

    /// <summary>Norm and MLP.</summary>
    public HalfMemory Mlp => new(
        true,
        Normed(s_feed.AsSpan(0, 2)) + Hidden(s_feed) + ((Keeps(s_feed[2]) ? 3 : 2) * Feed) + Statistic,
        (2 * Width) + (3 * Feed),
        // Gradient of the product, silu(gate), the gate's incoming and outgoing gradient; the product is gone by then.
        4 * Feed - (Keeps(s_feed[2]) ? Feed : 0));

    /// <summary>What mode ops keeps exactly: queries, keys, values, mixed values, log-sum-exp, A(x) and the norms' statistics.</summary>
    public double OpsExact => AttentionCore + Hidden(s_attention) + Hidden(s_feed) + (2 * Statistic) + (_config.QueryKeyNorm ? Statistic * (_config.Heads + _config.KeyValueHeads) : 0);

    /// <summary>q, k, v, their mix, and one number a head for the softmax.</summary>
    private double AttentionCore => (2 * Query) + (2 * Key) + (sizeof(float) * (double)_config.Heads);

    private double Normed(ReadOnlySpan<string> readers)
    {
        foreach (string reader in readers)
            if (Keeps(reader)) return Width;
        return 0;
    }

    private double Hidden(IEnumerable<string> linears) => sizeof(float) * (double)linears.Sum(linear => _shape.Rank(_block, linear));

    private bool Keeps(string linear) => _shape.Keeps(_block, linear);
}
