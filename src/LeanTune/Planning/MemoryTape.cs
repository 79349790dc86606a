namespace LeanTune.Planning;

/// <summary>Counts native bytes through a step that is walked through on paper: what lives, and the highest it ever was.</summary>
internal sealed class MemoryTape
{
    /// <summary>Bytes that live now.</summary>
    public long Live { get; private set; }

    /// <summary>The highest <see cref="Live"/> so far, with what lived for a moment only.</summary>
    public long Peak { get; private set; }

    /// <summary>What was going on at the peak.</summary>
    public StepMoment PeakMoment { get; private set; }

    /// <summary>Bytes that lived at the peak beside those of the moment.</summary>
    public long LiveAtPeak { get; private set; }

    /// <summary>Something is allocated.</summary>
    public void Take(long bytes, StepMoment moment = StepMoment.Forward)
    {
        Live += bytes;
        Touch(0, moment);
    }

    /// <summary>Something is let go.</summary>
    public void Free(long bytes) => Live -= bytes;

    /// <summary>For a moment so many bytes more live.</summary>
    public void Touch(long bytes, StepMoment moment)
    {
        if (Live + bytes <= Peak) return;
        (Peak, LiveAtPeak, PeakMoment) = (Live + bytes, Live, moment);
    }
}

/// <summary>Where in a step memory is at its highest.</summary>
public enum StepMoment
{
    /// <summary>While a block computes its output.</summary>
    Forward,

    /// <summary>While a codec works on a block's input.</summary>
    Encode,

    /// <summary>While logits of a chunk of tokens exist.</summary>
    Loss,

    /// <summary>While a block runs backward, with what it computes again.</summary>
    Backward,
}
