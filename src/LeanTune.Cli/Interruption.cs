using System.Runtime.InteropServices;

namespace LeanTune.Cli;

/// <summary>Ctrl+C and SIGTERM: the first asks the run to finish its step and save, the second leaves at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Action onFirst;
    private readonly Action<int> leave;
    private int signals;

    /// <summary>Listens from now on until disposed.</summary>
    /// <param name="onFirst">Tells the user that the first signal was heard; called on another thread.</param>
    /// <param name="leave">Ends the process with an exit code; by default without running anything else in it.</param>
    public Interruption(Action onFirst, Action<int>? leave = null)
    {
        this.onFirst = onFirst;
        this.leave = leave ?? LeaveAtOnce;
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Hear();
        }))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Takes in one signal.</summary>
    internal void Hear()
    {
        if (Interlocked.Increment(ref signals) > 1)
        {
            leave(ExitCode.Interrupted);
            return;
        }
        source.Cancel();
        onFirst();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private static void LeaveAtOnce(int code)
    {
        if (!Console.IsOutputRedirected)
        {
            // The live display hides the cursor. Written past the console's lock, which the interrupted code may hold.
            using Stream output = Console.OpenStandardOutput();
            output.Write("\u001b[?25h\n"u8);
        }
        // Orderly exits wait for native threads and run destructors under their feet.
        if (OperatingSystem.IsWindows())
            Environment.Exit(code);
        else
            ExitNow(code);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitNow(int code);
}
