using LeanTune.Hub;

namespace LeanTune.Cli.Hub;

/// <summary>What is known of a download so far, summed up from its events.</summary>
internal sealed class DownloadProgress
{
    private readonly Dictionary<string, long> _arrived = [];

    /// <summary>What there is to do, once it is known.</summary>
    public DownloadPlanned? Plan { get; private set; }

    /// <summary>Files that are complete.</summary>
    public int FilesDone { get; private set; }

    /// <summary>Bytes on disk of the files to download, whatever was there before included.</summary>
    public long Bytes => Math.Min(Plan?.Bytes ?? 0, _arrived.Values.Sum());

    /// <summary>Takes in one event.</summary>
    public void Apply(HubEvent happened)
    {
        switch (happened)
        {
            case DownloadPlanned plan:
                (Plan, FilesDone) = (plan, 0);
                _arrived.Clear();
                break;
            case FileAdvanced advanced:
                _arrived[advanced.File] = advanced.Bytes;
                break;
            case FileCompleted completed:
                _arrived[completed.File] = completed.Size;
                FilesDone++;
                break;
        }
    }
}
