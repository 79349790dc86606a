using System.Text.Json;
using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>A text or a pair of texts with a label.</summary>
internal sealed record ClassificationFormat() : RecordFormat(DataFormat.Classification, ["label"], ["text", "sentence1", "sentence2"])
{
    public override IReadOnlyList<string> Signature => ["label", "sentence1", "sentence2"];

    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        bool pair = record.Has("sentence1") || record.Has("sentence2");
        if (pair && record.Has("text"))
            throw new RecordException($"holds {record.Shown("text")} beside {record.Shown("sentence1")} or {record.Shown("sentence2")}: expected one text or a pair");
        if (!pair && !record.Has("text"))
            throw new RecordException($"expected {record.Shown("text")}, or {record.Shown("sentence1")} and {record.Shown("sentence2")}; {record.Found([record.NameOf("text")], [record.NameOf("label")])}");
        string label = Label(record, [.. source.Labels, .. source.LabelNames.Keys]);
        return pair
            ? new ClassificationExample(record.Target("sentence1"), record.Target("sentence2"), label) { Place = place }
            : new ClassificationExample(record.Target("text"), null, label) { Place = place };
    }

    private static string Label(RecordView record, IReadOnlyList<string> labels)
    {
        if (!record.Has("label"))
            record.Text("label");
        if (!record.TryGet("label", out JsonElement value))
            throw new RecordException($"field {record.Shown("label")} is empty: expected a class or a number");
        string label = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw new RecordException($"field {record.Shown("label")} must be a class or a number, but is {JsonRecords.Describe(value.ValueKind)}"),
        };
        if (labels.Count > 0 && !labels.Contains(label))
            throw new RecordException($"label {JsonRecords.Quote(label)} is none of the {labels.Count} labels given{NearestName.Hint(label, labels)}");
        if (labels.Count == 0 && label is ['-', ..] && label.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0 && label.Length > 1)
            throw new RecordException($"label {label} is out of range: classes count from 0, and a negative one marks an example without a label; where it is a class, name the labels");
        return label;
    }
}
