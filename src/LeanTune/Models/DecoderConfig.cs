namespace LeanTune.Models;

/// <summary>What a decoder-only transformer is made of: the typed form of config.json that every family is read into.</summary>
public sealed record DecoderConfig
{
    /// <summary>The checkpoint's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>V, entries of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>C, width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>F, width of the feed-forward layer.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>H, query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides H.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>D, width of a head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Added to the mean square in RMSNorm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Rotary embedding: base and scaling.</summary>
    public required RotaryConfig Rotary { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Whether the head is the embedding matrix.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the MLP's projections have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether queries and keys are normalised per head before rotation.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>One entry a block: how many of the last positions it attends to, or null for all.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    /// <summary>One entry a block: whether queries and keys are rotated.</summary>
    public required IReadOnlyList<bool> Rotated { get; init; }

    /// <summary>Standard deviation of random weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Numbers in the model, tied ones once.</summary>
    public long Parameters
    {
        get
        {
            long query = (long)Heads * HeadWidth, keyValue = (long)KeyValueHeads * HeadWidth;
            long attention = Width * (query + (2 * keyValue)) + (query * Width);
            if (QueryKeyValueBias) attention += query + (2 * keyValue);
            if (OutputBias) attention += Width;
            if (QueryKeyNorm) attention += 2L * HeadWidth;
            long feedForward = 3L * Width * FeedForward;
            if (FeedForwardBias) feedForward += (2L * FeedForward) + Width;
            long embeddings = (long)Vocabulary * Width * (TiedEmbeddings ? 1 : 2);
            return embeddings + Width + (Blocks * (attention + feedForward + (2L * Width)));
        }
    }
}

/// <summary>Rotary position embedding: base and scaling.</summary>
/// <param name="Theta">Base of the wavelengths.</param>
/// <param name="Scaling">Stretching of long wavelengths, or null for none.</param>
public sealed record RotaryConfig(double Theta, RotaryScaling? Scaling = null);

/// <summary>A way to stretch rotary wavelengths beyond the lengths of pre-training.</summary>
public abstract record RotaryScaling
{
    /// <summary>All positions divided by a factor.</summary>
    public sealed record Linear(double Factor) : RotaryScaling;

    /// <summary>Llama 3.1: long wavelengths divided by a factor, short ones kept, those between blended.</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions) : RotaryScaling;
}
