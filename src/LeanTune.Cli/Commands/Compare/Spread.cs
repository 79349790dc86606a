namespace LeanTune.Cli.Commands.Compare;

/// <summary>An estimate with the margin within which it would lie by chance alone, 99 times of 100.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Margin">Half the width of its 99 % interval.</param>
internal readonly record struct Spread(double Value, double Error, double Margin)
{
    /// <summary>Whether the estimate is further from 0 than chance would carry it.</summary>
    public bool ExceedsNoise => Math.Abs(Value) > Margin;

    /// <summary>This less another that was measured apart from it.</summary>
    public Spread Less(Spread other) =>
        new(Value - other.Value, Math.Sqrt(Error * Error + other.Error * other.Error), Math.Sqrt(Margin * Margin + other.Margin * other.Margin));
}
