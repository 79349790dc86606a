namespace LeanTune.Hub;

/// <summary>The files that patterns name, whatever they are.</summary>
/// <param name="patterns">Names or patterns with *, ? and **.</param>
internal sealed class NamedFiles(IReadOnlyList<string> patterns) : FileChoice
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names)
    {
        foreach (string pattern in patterns)
            if (!names.Any(name => FilePattern.Matches(pattern, name)))
                throw new HubException($"{reference with { Files = null }}: no file matches '{pattern}'{Checkpoints.NearestName.Hint(pattern, names)}{Shown(names)}");
        return [.. names.Where(name => patterns.Any(pattern => FilePattern.Matches(pattern, name)))];
    }

    /// <inheritdoc/>
    public override bool IsEnough(HubReference reference, IReadOnlyList<string> names) => patterns.All(pattern => !pattern.AsSpan().ContainsAny('*', '?') && names.Contains(pattern));

    private static string Shown(IReadOnlyList<string> names) =>
        names.Count == 0 ? "; the repository is empty." : $"; the repository has {names.Count} files: {string.Join(", ", names.Take(10))}{(names.Count > 10 ? ", …" : ".")}";
}
