using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Checks that the options of a source make sense together, before anything is read.</summary>
internal static class SourceRules
{
    /// <exception cref="DataException">They do not.</exception>
    public static void Require(DataSource source)
    {
        Require(source, source.Weight > 0 && double.IsFinite(source.Weight), $"a weight must be a number above 0; found {source.Weight}");
        Require(source, source.Separator != "", "the separator is empty");
        Require(source, source.Fields.Distinct().Count() == source.Fields.Count, "a name occurs twice among the fields");
        Require(source, source.Beside.Count == 0 || source.Fields.Count == source.Beside.Count + 1,
            $"{source.Beside.Count + 1} parallel files need as many names of fields; found {source.Fields.Count}");
        foreach (string field in source.Columns.Keys)
            Require(source, FormatDetector.KnownFields.Contains(field),
                $"columns: {JsonRecords.Quote(field)} is a field of no format{NearestName.Hint(field, FormatDetector.KnownFields).TrimEnd('.')}");
        foreach ((string name, string role) in source.Roles)
            Require(source, Roles.Known.Contains(role),
                $"roles: {JsonRecords.Quote(name)} stands for {JsonRecords.Quote(role)}; expected one of {string.Join(", ", Roles.Known)}");
    }

    private static void Require(DataSource source, bool holds, string problem)
    {
        if (!holds)
            throw new DataException($"{source.Path}: {problem}");
    }
}
