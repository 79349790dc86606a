namespace LeanTune.Generation;

/// <summary>How the next token is chosen.</summary>
public sealed record SamplingOptions
{
    /// <summary>Most tokens to write.</summary>
    /// <value>Default 100.</value>
    public int MaxNewTokens { get; init; } = 100;

    /// <summary>Divides the logits; 0 takes the likeliest token each time.</summary>
    /// <value>Default 0.8.</value>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Tokens are sampled from the smallest set that holds this share of the probability.</summary>
    /// <value>Default 0.95.</value>
    public double TopP { get; init; } = 0.95;

    /// <summary>The same seed gives the same text.</summary>
    /// <value>Default 0.</value>
    public ulong Seed { get; init; }
}
