namespace LeanTune.Cli;

/// <summary>What the process returns, so that scripts can tell what went wrong.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Something failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the recipe is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The examples are wrong.</summary>
    public const int Data = 3;

    /// <summary>The run would not fit into its memory.</summary>
    public const int Memory = 4;

    /// <summary>Stopped by Ctrl+C or SIGTERM; what was done is saved.</summary>
    public const int Interrupted = 130;
}
