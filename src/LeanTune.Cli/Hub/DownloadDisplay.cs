using LeanTune.Hub;
using Spectre.Console;

namespace LeanTune.Cli.Hub;

/// <summary>Shows a download while it goes on.</summary>
internal abstract class DownloadDisplay : IDisposable
{
    /// <summary>A display that fits a writer: a bar on a terminal, lines elsewhere.</summary>
    public static DownloadDisplay On(TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Profile is { Out.IsTerminal: true, Capabilities.Ansi: true } ? new DownloadBar(console, TimeProvider.System) : new DownloadLines(output, TimeProvider.System);
    }

    /// <summary>Takes in one event.</summary>
    public abstract void Show(HubEvent happened);

    /// <summary>Leaves the terminal as it was.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>What an event says in a line; null where it says nothing by itself.</summary>
    protected static string? Text(HubEvent happened) => happened switch
    {
        DownloadPlanned plan => $"{plan.Repository}: {plan.Files} {(plan.Files == 1 ? "file" : "files")}, {Display.Units.Bytes(plan.Bytes)} to download"
            + (plan.BytesHere > 0 ? $", {Display.Units.Bytes(plan.BytesHere)} of them here from earlier" : ""),
        DownloadWaits { Reason: var reason, Wait.TotalSeconds: var seconds } => $"{reason}; next attempt in {Display.Units.Duration(seconds)}",
        HubNotice notice => $"note: {notice.Message}",
        _ => null,
    };
}
