using LeanTune.Cli.Display;
using LeanTune.Hub;
using Spectre.Console;

namespace LeanTune.Cli.Hub;

/// <summary>Shows a download on a terminal: one line with a bar, redrawn in place; what should stay to be read goes above it.</summary>
internal sealed class DownloadBar(IAnsiConsole console, TimeProvider clock) : DownloadDisplay
{
    private const string ToStart = "\r\u001b[K";
    private const int BarWidth = 24;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private readonly DownloadProgress _progress = new();
    private long _drawn, _started;
    private bool _shown;

    /// <inheritdoc/>
    public override void Show(HubEvent happened)
    {
        _progress.Apply(happened);
        if (happened is DownloadPlanned)
            _started = clock.GetTimestamp();
        if (Text(happened) is { } line)
        {
            Erase();
            console.Write(new Text(SafeText.Line(line, 1000) + "\n"));
        }

        if (_progress.Plan is { } plan && happened is FileAdvanced or FileCompleted && (clock.GetElapsedTime(_drawn) >= s_tick || _progress.FilesDone == plan.Files))
            Draw(plan, happened is FileAdvanced advanced ? advanced.File : "");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Erase();
        base.Dispose();
    }

    private void Draw(DownloadPlanned plan, string file)
    {
        double share = plan.Bytes == 0 ? 1 : (double)_progress.Bytes / plan.Bytes;
        double seconds = clock.GetElapsedTime(_started).TotalSeconds, fetched = _progress.Bytes - plan.BytesHere;
        double rate = seconds > 0 ? Math.Max(0, fetched / seconds) : 0;
        int full = (int)(share * BarWidth);
        // The first moments say nothing of the rest.
        string left = rate > 0 && share < 1 && seconds >= 1 ? $", {Units.Duration((plan.Bytes - _progress.Bytes) / rate)} left" : "";
        string line = $"{new string('━', full)}{new string('╌', BarWidth - full)} {Units.Bytes(_progress.Bytes)} of {Units.Bytes(plan.Bytes)}, {Units.Bytes((long)rate)}/s{left}  {file}";
        // A line that wraps cannot be redrawn in place.
        console.Profile.Out.Writer.Write(ToStart + SafeText.Line(line, Math.Max(20, console.Profile.Width - 1)));
        console.Profile.Out.Writer.Flush();
        (_drawn, _shown) = (clock.GetTimestamp(), true);
    }

    private void Erase()
    {
        if (_shown)
            console.Profile.Out.Writer.Write(ToStart);
        _shown = false;
    }
}
