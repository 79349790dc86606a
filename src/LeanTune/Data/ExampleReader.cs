namespace LeanTune.Data;

/// <summary>Streams the examples of a source, file by file, in memory that does not grow with them.</summary>
public static class ExampleReader
{
    /// <summary>Reads all examples once, in the order of files and records.</summary>
    /// <param name="source">What to read, and how.</param>
    /// <param name="notice">Receives, one sentence each, what the user should know: fields that are not used, records that were skipped. May be null.</param>
    /// <exception cref="DataException">
    /// While it is read: nothing is there, the options do not fit each other, a file cannot be read on, or, at the end of a file, records in it cannot be used
    /// and are not to be skipped. Examples behind the first such record are not handed out.
    /// </exception>
    public static IEnumerable<Example> Read(DataSource source, Action<string>? notice = null) => ReadAll(source, notice).Select(read => read.Example);

    internal static IEnumerable<ReadExample> ReadAll(DataSource source, Action<string>? notice)
    {
        SourceRules.Require(source);
        int records = 0;
        IReadOnlyList<string> files = DataFiles.Find(source.Path, notice: notice);
        if (source.Beside.Count > 0 && files.Count > 1)
            throw new DataException($"{source.Path}: stands for {files.Count} files; files beside it need it to be one");
        foreach (string file in files)
        {
            using var reading = new FileReading(file, source, notice);
            while (reading.TryNext(out ReadExample example))
                yield return example;
            if (reading.Records == 0 && files.Count > 1)
                notice?.Invoke($"{file}: holds no records");
            records += reading.Records;
        }

        if (records == 0)
            throw new DataException($"{source.Path}: holds no records");
    }
}
