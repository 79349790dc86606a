namespace LeanTune.Data;

/// <summary>What of a plain text file is one record.</summary>
public enum TextUnit
{
    /// <summary>Each line that is not blank.</summary>
    Line,

    /// <summary>Each run of lines between blank lines.</summary>
    Paragraph,

    /// <summary>The whole file.</summary>
    File,
}
