using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Checks that the options of a source make sense together, before anything is read.</summary>
internal static class SourceRules
{
    /// <exception cref="DataException">They do not.</exception>
    public static void Require(DataSource source)
    {
        if (Problem(source) is var (key, problem))
            throw new DataException($"{source.Path}: {key.Split('.')[0]}: {problem}");
    }

    /// <summary>The first option that cannot be followed, as a recipe spells it, and why; null when all can.</summary>
    public static (string Key, string Problem)? Problem(DataSource source)
    {
        if (string.IsNullOrWhiteSpace(source.Path))
            return ("path", "the path is empty: expected a file, a folder or a pattern");
        if (!(source.Weight > 0 && double.IsFinite(source.Weight)))
            return ("weight", FormattableString.Invariant($"expected a number above 0; found {source.Weight}"));
        if (source.Separator == "")
            return ("separator", "expected a text that separates cells; found an empty one");
        if (source.Fields.GroupBy(field => field).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return ("fields", $"the name {JsonRecords.Quote(twice.Key)} occurs twice");
        if (source.Beside.Count > 0 && source.Fields.Count != source.Beside.Count + 1)
            return ("fields", $"{source.Beside.Count + 1} parallel files need as many names of fields; found {source.Fields.Count}");
        if (TemplateProblem(source) is { } template)
            return template;
        string[] known = [.. FormatDetector.KnownFields, .. Templates(source).SelectMany(item => PromptTemplate.Parse(item.Text).Fields)];
        foreach (string field in source.Columns.Keys)
            if (!known.Contains(field))
                return ($"columns.{field}", $"{JsonRecords.Quote(field)} is a field of no format{Nearest(field, known)}");
        foreach ((string name, string role) in source.Roles)
            if (!Roles.Known.Contains(role))
                return ($"roles.{name}", $"{JsonRecords.Quote(name)} stands for {JsonRecords.Quote(role)}; expected one of {string.Join(", ", Roles.Known)}{Nearest(role, Roles.Known)}");
        return null;
    }

    private static (string Key, string Problem)? TemplateProblem(DataSource source)
    {
        foreach ((string key, string text) in Templates(source))
        {
            if (source.Format is not (DataFormat.Auto or DataFormat.PromptCompletion or DataFormat.Classification or DataFormat.MultipleChoice))
                return (key, "a template is for prompts with completions, classified texts and questions with choices; leave it out, or the format");
            try
            {
                PromptTemplate.Parse(text);
            }
            catch (FormatException bad)
            {
                return (key, bad.Message);
            }
        }

        return source.LabelNames.Count > 0 && source.Format is not (DataFormat.Auto or DataFormat.Classification)
            ? ("label_names", "labels are part of classified texts alone; leave the names out, or the format")
            : null;
    }

    private static IEnumerable<(string Key, string Text)> Templates(DataSource source)
    {
        if (source.Prompt is { } prompt)
            yield return ("prompt", prompt);
        if (source.Completion is { } completion)
            yield return ("completion", completion);
    }

    private static string Nearest(string wanted, IEnumerable<string> known) => NearestName.Hint(wanted, known).TrimEnd('.');
}
