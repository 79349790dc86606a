using System.Text.RegularExpressions;

namespace LeanTune.Hub;

/// <summary>The files of examples in a data set's repository: those that the reference names, or all.</summary>
internal sealed partial class DatasetFiles : FileChoice
{
    private static readonly string[] s_kinds = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".txt"];

    // What describes a data set and is no part of it.
    private static readonly string[] s_about = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "croissant.json", "metadata.json", "requirements.txt", "license.txt"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choose(HubReference reference, IReadOnlyList<string> names)
    {
        if (reference.Files is { } pattern)
            return new NamedFiles([pattern]).Choose(reference, names);
        string[] data = [.. names.Where(IsData)];
        return data.Length > 0 ? data : throw new HubException(
            $"{reference}: holds no files of examples ({string.Join(", ", s_kinds)}, also with .gz){(names.Any(name => name.EndsWith(".py", StringComparison.Ordinal)) ? "; it is made by a program: its revision refs/convert/parquet may hold them" : "")}.");
    }

    /// <inheritdoc/>
    public override bool IsEnough(HubReference reference, IReadOnlyList<string> names) => reference.Files is { } file && names.Contains(file);

    /// <summary>The sets that files form, as patterns: shards of one set differ in their numbers alone.</summary>
    public static IReadOnlyList<string> Sets(IEnumerable<string> names) =>
        [.. names.GroupBy(name => ShardNumbers().Replace(name, "-*"), (pattern, group) => group.Count() > 1 ? pattern : group.First()).Order(StringComparer.Ordinal)];

    private static bool IsData(string name)
    {
        string file = name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant();
        string plain = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
        return !name.Split('/').Any(part => part.StartsWith('.')) && !s_about.Contains(file) && s_kinds.Any(kind => plain.EndsWith(kind, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"-\d+-of-\d+(-[0-9a-f]{16})?(?=\.)|-\d{4,}(?=\.)", RegexOptions.ExplicitCapture)]
    private static partial Regex ShardNumbers();
}
