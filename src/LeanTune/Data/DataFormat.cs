namespace LeanTune.Data;

/// <summary>How example files are read.</summary>
public enum DataFormat
{
    /// <summary>By extension and fields.</summary>
    Auto,

    /// <summary>JSONL records with <c>prompt</c> and <c>completion</c>; only the completion is trained.</summary>
    PromptCompletion,

    /// <summary>JSONL records with <c>text</c>; every token is trained.</summary>
    Text,

    /// <summary>Plain text files, cut into windows of the longest length; every token is trained.</summary>
    Windows,
}
