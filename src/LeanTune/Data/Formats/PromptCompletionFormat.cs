namespace LeanTune.Data;

/// <summary>Prompt and completion.</summary>
internal sealed record PromptCompletionFormat() : RecordFormat(DataFormat.PromptCompletion, ["prompt", "completion"], [])
{
    public override Example Convert(RecordView record, RecordPlace place, DataSource source) =>
        new PromptCompletionExample(record.Text("prompt"), record.Target("completion")) { Place = place };
}
