using LeanTune.Checkpoints;
using LeanTune.Data;

namespace LeanTune.Training;

/// <summary>What a run would train on, looked at before any weight is read.</summary>
/// <param name="Train">The training examples.</param>
/// <param name="Held">The held-out ones, or null when there are none.</param>
/// <param name="MaxLength">Longest example, in tokens.</param>
/// <param name="Notices">What was said on reading: fields that are not used, records skipped, cut or dropped.</param>
/// <param name="Findings">What is probably not meant, and what would stop the run.</param>
public sealed record DataInspection(SetInspection Train, SetInspection? Held, int MaxLength, IReadOnlyList<string> Notices, IReadOnlyList<DataFinding> Findings)
{
    /// <summary>The batches of the run's first epoch.</summary>
    public required BatchInspection Batches { get; init; }

    /// <summary>What they would be with <c>data.packing</c>; null where that is set.</summary>
    public BatchInspection? Packed { get; init; }

    /// <summary>Reads a run's examples as the run would.</summary>
    /// <param name="options">The run.</param>
    /// <param name="shown">How many examples of each set are shown.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DataException">The examples cannot be read.</exception>
    /// <exception cref="CheckpointFormatException">config.json or the tokenizer cannot be read.</exception>
    public static DataInspection Of(FineTuneOptions options, int shown = 3)
    {
        options.Validate();
        List<string> notices = [];
        using HubFolder hub = HubFolder.Open(options.Model.Path);
        RunExamples examples = RunExamples.Load(options.Data, hub.Path, RunVocabulary.Of(options, hub, notices.Add).Tokenizer, notices.Add);
        return new DataInspection(
            SetInspection.Of(examples.Train, examples.Tokenizer, shown),
            examples.Held.Count == 0 ? null : SetInspection.Of(examples.Held, examples.Tokenizer, shown),
            options.Data.MaxLength, notices, examples.Findings)
        {
            Batches = BatchInspection.Of(examples.Train, BatchRules.Of(options), options.Training.Seed),
            Packed = options.Data.Packing ? null : BatchInspection.Of(examples.Train, BatchRules.Of(options with { Data = options.Data with { Packing = true } }), options.Training.Seed),
        };
    }
}
