using System.Globalization;
using LeanTune.Cli.Display;
using LeanTune.Hub;

namespace LeanTune.Cli.Hub;

/// <summary>Shows a download as plain lines: for pipes and log files.</summary>
internal sealed class DownloadLines(TextWriter output, TimeProvider clock) : DownloadDisplay
{
    /// <summary>A large file has a line now and then, so that a log stays readable.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(10);

    private long _last = clock.GetTimestamp();

    /// <inheritdoc/>
    public override void Show(HubEvent happened)
    {
        string? line = happened switch
        {
            FileCompleted file => $"{file.File} {Units.Bytes(file.Size)}",
            FileAdvanced file when file.Bytes < file.Size && clock.GetElapsedTime(_last) >= s_between =>
                string.Create(CultureInfo.InvariantCulture, $"{file.File} {Units.Bytes(file.Bytes)} of {Units.Bytes(file.Size)} ({100 * file.Bytes / file.Size} %)"),
            _ => Text(happened),
        };
        if (line is null)
            return;
        _last = clock.GetTimestamp();
        output.WriteLine(SafeText.Line(line, 1000));
        output.Flush();
    }
}
