using System.Collections.ObjectModel;

namespace LeanTune.Data;

/// <summary>Files of one format, and how to read them.</summary>
public sealed record DataSource
{
    /// <summary>A file, a folder, or a pattern such as <c>data/*.jsonl.gz</c> or <c>data/**/part-?.parquet</c>. Files are read in ordinal order of their names.</summary>
    public required string Path { get; init; }

    /// <summary>How often an epoch hands each record out, above 0: 2 is twice; 0.5 is every other one, the others in the next epoch.</summary>
    /// <value>Default 1.</value>
    public double Weight { get; init; } = 1;

    /// <summary>How records are written down.</summary>
    /// <value>Default <see cref="FileKind.Auto"/>: by name and first bytes, for each file.</value>
    public FileKind Kind { get; init; }

    /// <summary>What the fields mean.</summary>
    /// <value>Default <see cref="DataFormat.Auto"/>: by the fields of each file's first record.</value>
    public DataFormat Format { get; init; }

    /// <summary>For each field of the format that the files name otherwise, their name: <c>prompt</c> → <c>question</c>.</summary>
    /// <value>Default empty: the files use the format's names.</value>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>For each role that the files name otherwise, which of system, user, assistant and tool it is: <c>bot</c> → <c>assistant</c>.</summary>
    /// <value>Default empty. ShareGPT's human, gpt, function_call and observation are known.</value>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Names of the cells in files whose rows have none: CSV without a header, JSON arrays of arrays, text cut at <see cref="Separator"/>, parallel lines.</summary>
    /// <value>Default empty: names come from the header or the objects' keys.</value>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>What separates the cells of a row.</summary>
    /// <value>Default null: a comma or semicolon, whichever the header has, in CSV; a tab in TSV; text is not cut.</value>
    public string? Separator { get; init; }

    /// <summary>Whether quotes around a cell of CSV or TSV hold it together and are no part of it. When false a record is a line, and quotes are ordinary characters.</summary>
    /// <value>Default true.</value>
    public bool Quotes { get; init; } = true;

    /// <summary>In a JSON file that is an object, the key of the array of records.</summary>
    /// <value>Default null: the only array of records that there is.</value>
    public string? Key { get; init; }

    /// <summary>What of a plain text file is one record.</summary>
    /// <value>Default <see cref="TextUnit.Line"/>.</value>
    public TextUnit TextUnit { get; init; }

    /// <summary>Text files whose lines stand beside those of <see cref="Path"/>: line i of each forms record i, named by <see cref="Fields"/>.</summary>
    /// <value>Default empty.</value>
    public IReadOnlyList<string> Beside { get; init; } = [];

    /// <summary>What happens when records cannot be used.</summary>
    /// <value>Default <see cref="RecordErrors.Stop"/>.</value>
    public RecordErrors OnError { get; init; }

    /// <summary>The labels that classification may have.</summary>
    /// <value>Default empty: any but negative whole numbers, which mark examples without a label.</value>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Names of labels by what the files hold for them, <c>0</c> → <c>negative</c>: what a model is to write instead of a number. No other label may occur.</summary>
    /// <value>Default empty: labels are their own names.</value>
    public IReadOnlyDictionary<string, string> LabelNames { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// What of a record is given: a text with the names of its fields in braces, <c>Question: {question}\nAnswer:</c>; <c>{{</c> stands for a brace. For prompts with completions, of
    /// which records then have the fields that templates name, and for classified texts, with <c>{text}</c>, or <c>{sentence1}</c> and <c>{sentence2}</c>.
    /// </summary>
    /// <value>Default null: the prompt as it stands; for classified texts <c>{text}\nLabel:</c>.</value>
    public string? Prompt { get; init; }

    /// <summary>What of a record is learnt, written as <see cref="Prompt"/> is. Follows the prompt as it stands: begin it with a space or end the prompt with a line break.</summary>
    /// <value>Default null: the completion as it stands; for classified texts <c>&#32;{label}</c>.</value>
    public string? Completion { get; init; }

    /// <summary>Whether turns may follow each other in any order. When false, two turns of the same side in a row, a late system turn and a tool's answer without a call are errors.</summary>
    /// <value>Default false.</value>
    public bool AnyTurnOrder { get; init; }

    /// <summary>Whether a path names a file, a folder, or a pattern that any file matches.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || (GlobPattern.IsPattern(path) && GlobPattern.Find(path).Count > 0);

    /// <summary>Whether records are put into words by a template.</summary>
    internal bool HasTemplate => Prompt is not null || Completion is not null;
}
