namespace LeanTune.Data;

/// <summary>What happens when records cannot be used.</summary>
public enum RecordErrors
{
    /// <summary>The whole file is looked through, then one error names the first five and counts the rest.</summary>
    Stop,

    /// <summary>They are left out; one notice names the first five and counts the rest. A file that cannot be read on stops all the same.</summary>
    Skip,
}
