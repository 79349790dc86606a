namespace LeanTune.Cli.Commands.Compare;

/// <summary>What a difference between two runs comes to.</summary>
internal enum Outcome
{
    /// <summary>It may be chance.</summary>
    WithinNoise,

    /// <summary>More than chance, and the wanted way.</summary>
    Better,

    /// <summary>More than chance, and the unwanted way.</summary>
    Worse,

    /// <summary>The runs do not tell.</summary>
    Unknown,
}

/// <summary>One measure in which a run is compared with the first.</summary>
/// <param name="Measure">What is compared.</param>
/// <param name="Difference">By how much, with its margin.</param>
/// <param name="Outcome">What that comes to.</param>
/// <param name="How">How it was judged.</param>
internal sealed record Verdict(string Measure, string Difference, Outcome Outcome, string How)
{
    /// <summary>The outcome in words.</summary>
    public string OutcomeText => Outcome switch
    {
        Outcome.WithinNoise => "within noise",
        Outcome.Better => "better",
        Outcome.Worse => "worse",
        _ => "cannot be told",
    };
}
