namespace LeanTune.Data;

/// <summary>Says why one record cannot be used; whoever reads the file adds the place and goes on to the next.</summary>
internal sealed class RecordException(string problem) : Exception(problem);
