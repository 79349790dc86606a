using LeanTune.ChatTemplates;

namespace LeanTune.Data;

/// <summary>The examples of a run.</summary>
public sealed record DataOptions
{
    /// <summary>File or folder to train on.</summary>
    public required string Train { get; init; }

    /// <summary>File or folder to evaluate on, or null.</summary>
    public string? Validation { get; init; }

    /// <summary>Share of <see cref="Train"/> held out for evaluation when <see cref="Validation"/> is null: chosen by content, of windows the last ones.</summary>
    /// <value>Default 0: no evaluation.</value>
    public double ValidationShare { get; init; }

    /// <summary>How the files are read.</summary>
    /// <value>Default <see cref="DataFormat.Auto"/>: by extension, content and the first record's fields.</value>
    public DataFormat Format { get; init; } = DataFormat.Auto;

    /// <summary>Longest example in tokens; longer ones are cut at the end, and counted. For text: length of a window.</summary>
    /// <value>Default 512.</value>
    public int MaxLength { get; init; } = 512;

    /// <summary>Whether an end token follows each completion or text record and is trained. Conversations have the tokens that their template writes, no other.</summary>
    /// <value>Default true.</value>
    public bool AppendEndToken { get; init; } = true;

    /// <summary>Which turns of conversations are trained.</summary>
    /// <value>Default <see cref="AssistantTurns.All"/>.</value>
    public AssistantTurns AssistantTurns { get; init; }

    /// <summary>A file with the chat template that renders conversations, in Jinja.</summary>
    /// <value>Default null: the model's own template.</value>
    public string? ChatTemplate { get; init; }

    /// <summary>Most examples used for evaluation.</summary>
    /// <value>Default null: all.</value>
    public int? MaxValidationExamples { get; init; }
}
