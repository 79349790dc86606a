namespace LeanTune.Data;

/// <summary>Plain text.</summary>
internal sealed record TextFormat() : RecordFormat(DataFormat.Text, ["text"], [])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source) => new PlainTextExample(record.Target("text")) { Place = place };
}
