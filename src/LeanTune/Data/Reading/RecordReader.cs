namespace LeanTune.Data;

/// <summary>Streams the records of one file, whatever its kind: the first stage of reading examples.</summary>
internal static class RecordReader
{
    /// <summary>Reads a file from start to end, in memory that does not grow with it.</summary>
    /// <exception cref="DataException">The file cannot be read, or not read on; records that are bad in themselves come as such.</exception>
    public static IEnumerable<RawRecord> Read(string path, DataSource source)
    {
        if (source.Beside.Count > 0)
            return ParallelLinesReader.Read([path, .. source.Beside], source.Fields);
        switch (source.Kind == FileKind.Auto ? FileKinds.Detect(path) : source.Kind)
        {
            case FileKind.JsonLines:
                return JsonLinesReader.Read(path);
            case FileKind.Json:
                return JsonFileReader.Read(path, source);
            case FileKind.Csv:
                return ReadTable(path, source, ",");
            case FileKind.Tsv:
                return ReadTable(path, source, "\t");
            case FileKind.Parquet:
                return ParquetRecordReader.Read(path);
            default:
                return ReadText(path, source);
        }
    }

    // Only a separator of one ASCII character goes with quotes.
    private static IEnumerable<RawRecord> ReadTable(string path, DataSource source, string usual) =>
        source.Quotes && source.Separator is null or [< (char)128]
            ? CsvRecordReader.Read(path, source.Fields, source.Separator, usual)
            : SeparatedLinesReader.Read(path, source.Fields, source.Separator ?? usual);

    private static IEnumerable<RawRecord> ReadText(string path, DataSource source)
    {
        if (source.Separator is not null)
            return SeparatedLinesReader.Read(path, source.Fields, source.Separator);
        string field = source.Fields.Count > 0 ? source.Fields[0] : "text";
        return source.TextUnit == TextUnit.Line
            ? SeparatedLinesReader.Read(path, [field], separator: null)
            : ParagraphReader.Read(path, field, source.TextUnit == TextUnit.File);
    }
}
