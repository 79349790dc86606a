using LeanTune.Cli.Commands.Memory;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli;

/// <summary>Turns whatever a command threw into its exit code and one clear message.</summary>
internal static class Failure
{
    /// <summary>Runs a command's work.</summary>
    /// <param name="work">Returns the exit code.</param>
    /// <param name="error">Where a message goes.</param>
    /// <param name="verbose">Whether the stack trace goes there too.</param>
    public static int Report(Func<int> work, TextWriter error, bool verbose)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("leantune: stopped.");
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            Exception cause = Cause(e);
            error.WriteLine(Message(cause));
            if (cause is MemoryForecastException forecast)
                MemoryText.WriteWaysOut(error, forecast.WaysOut);
            if (verbose)
                error.WriteLine(e);
            return CodeOf(cause);
        }
    }

    private static int CodeOf(Exception e) => e switch
    {
        UsageException or OptionsException => ExitCode.Usage,
        DataException => ExitCode.Data,
        MemoryForecastException => ExitCode.Memory,
        _ => ExitCode.Failed,
    };

    // Wrappers say nothing of their own.
    private static Exception Cause(Exception e) =>
        e is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException && e.InnerException is { } inner ? Cause(inner) : e;

    private static string Message(Exception e) => e switch
    {
        UsageException or OptionsException => e.Message,
        // Messages of these say little without the type's name.
        NullReferenceException or InvalidCastException or IndexOutOfRangeException or ArgumentOutOfRangeException =>
            $"leantune: internal error: {e.GetType().Name}: {e.Message} (run again with --verbose and report what it prints)",
        _ => $"leantune: {e.Message}",
    };
}
