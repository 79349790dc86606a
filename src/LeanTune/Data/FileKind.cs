namespace LeanTune.Data;

/// <summary>How the records of a file are written down. Any kind may be compressed by gzip.</summary>
public enum FileKind
{
    /// <summary>By the file's name, and by what it begins with.</summary>
    Auto,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>One JSON array of objects, bare or within an object, or an object of columns.</summary>
    Json,

    /// <summary>Cells separated by commas or semicolons, quoted where they need be (RFC 4180).</summary>
    Csv,

    /// <summary>Cells separated by tabs, quoted where they need be.</summary>
    Tsv,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Plain text: a record is a line, a paragraph or the file.</summary>
    Text,
}
