namespace LeanTune.Hub;

/// <summary>The files of examples that a source stands for: without a name or pattern they must be one set, for nobody means to train on the test set too.</summary>
internal sealed class OneSetOfExamples : FileChoice
{
    private readonly DatasetFiles _files = new();

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names)
    {
        IReadOnlyList<string> files = _files.Choose(reference, names), sets = DatasetFiles.Sets(files);
        if (reference.Files is not null || sets.Count == 1)
            return files;
        const int shown = 20;
        throw new HubException($"{reference}: holds {sets.Count} sets of examples; say which is meant:{string.Concat(sets.Take(shown).Select(set => $"{Environment.NewLine}  {reference with { Files = set }}"))}"
            + (sets.Count > shown ? $"{Environment.NewLine}  … and {sets.Count - shown} more" : ""));
    }

    /// <inheritdoc/>
    public override bool IsEnough(HubReference reference, IReadOnlyList<string> names) => _files.IsEnough(reference, names);
}
