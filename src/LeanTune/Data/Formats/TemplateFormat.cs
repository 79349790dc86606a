namespace LeanTune.Data;

/// <summary>Records of any fields, made into prompt and completion by the source's templates.</summary>
internal sealed record TemplateFormat : RecordFormat
{
    private readonly PromptTemplate _prompt, _completion;

    /// <param name="source">Has a template for prompt, completion or both; the field itself stands for the one that is missing.</param>
    public TemplateFormat(DataSource source) : this(PromptTemplate.Parse(source.Prompt ?? "{prompt}"), PromptTemplate.Parse(source.Completion ?? "{completion}"))
    {
    }

    private TemplateFormat(PromptTemplate prompt, PromptTemplate completion) : base(DataFormat.PromptCompletion, [.. prompt.Fields.Union(completion.Fields)], []) =>
        (_prompt, _completion) = (prompt, completion);

    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        string completion = _completion.Fill(field => record.Plain(field) is { Length: > 0 } text ? text : throw new RecordException($"field {record.Shown(field)} is empty: nothing to train on"));
        return completion.Length > 0
            ? new PromptCompletionExample(_prompt.Fill(record.Plain), completion) { Place = place }
            : throw new RecordException("the template of the completion is empty: nothing to train on");
    }
}
