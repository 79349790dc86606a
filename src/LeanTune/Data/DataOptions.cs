using LeanTune.ChatTemplates;

namespace LeanTune.Data;

/// <summary>The examples of a run.</summary>
public sealed record DataOptions
{
    /// <summary>What to train on: a file, a folder, a pattern, or several sources with weights. In a recipe also files of a data set on the hub: <c>hub:owner/name/train-*.parquet</c>.</summary>
    public required DataSources Train { get; init; }

    /// <summary>What to evaluate on. Every example counts once: weights have no place here.</summary>
    /// <value>Default null: <see cref="ValidationShare"/> of what is trained on.</value>
    public DataSources? Validation { get; init; }

    /// <summary>Share of <see cref="Train"/> held out for evaluation when <see cref="Validation"/> is null: chosen by content, of windows the last ones.</summary>
    /// <value>Default 0: no evaluation.</value>
    public double ValidationShare { get; init; }

    /// <summary>Longest example in tokens; longer ones are cut at the end, and counted. For text: length of a window.</summary>
    /// <value>Default 512.</value>
    public int MaxLength { get; init; } = 512;

    /// <summary>Whether several examples share a row of <see cref="MaxLength"/> tokens, each attended to by itself: what is learnt is the same, and little is padded.</summary>
    /// <value>Default false: each example has a row of its own.</value>
    public bool Packing { get; init; }

    /// <summary>Whether an end token follows each completion or text record and is trained. Conversations have the tokens that their template writes, no other.</summary>
    /// <value>Default true.</value>
    public bool AppendEndToken { get; init; } = true;

    /// <summary>Which turns of conversations are trained.</summary>
    /// <value>Default <see cref="AssistantTurns.All"/>.</value>
    public AssistantTurns AssistantTurns { get; init; }

    /// <summary>A file with the chat template that turns conversations into text, in Jinja.</summary>
    /// <value>Default null: the model's own template.</value>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// Special tokens that the tokenizer lacks, such as those of a chat template, to be added to it: they get the ids from the vocabulary's end on, rows at the mean of those that are
    /// there, and these rows are trained. Such a token costs as many numbers as the model is wide, twice where the head is not the embedding.
    /// </summary>
    /// <value>Default empty: what a template writes and the tokenizer would split is refused.</value>
    public IReadOnlyList<string> NewTokens { get; init; } = [];

    /// <summary>
    /// Whether the tokens of sources of a megabyte and more are kept on disk for the next run, in <c>leantune/tokens</c> in the system's folder for caches: at most 4 GiB, by the content of all
    /// that they depend on.
    /// </summary>
    /// <value>Default true.</value>
    public bool Cache { get; init; } = true;

    /// <summary>Most examples used for evaluation.</summary>
    /// <value>Default null: all.</value>
    public int? MaxValidationExamples { get; init; }
}
