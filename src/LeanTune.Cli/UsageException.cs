namespace LeanTune.Cli;

/// <summary>What the user asked for cannot be done as asked; the message stands alone.</summary>
internal class UsageException(string message) : Exception(message);
