using System.Runtime.InteropServices;

namespace LeanTune.Cli;

/// <summary>Ctrl+C and SIGTERM: the first asks the run to finish its step and save, the second leaves at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _onFirst;
    private readonly Action<int> _leave;
    private int _signals;

    /// <summary>Listens from now on until disposed.</summary>
    /// <param name="onFirst">Tells the user that the first signal was heard; called on another thread.</param>
    /// <param name="leave">Ends the process with an exit code; by default without running anything else in it.</param>
    public Interruption(Action onFirst, Action<int>? leave = null)
    {
        _onFirst = onFirst;
        _leave = leave ?? LeaveAtOnce;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Hear();
        }))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Takes in one signal.</summary>
    internal void Hear()
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            _leave(ExitCode.Interrupted);
            return;
        }
        _source.Cancel();
        _onFirst();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
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
