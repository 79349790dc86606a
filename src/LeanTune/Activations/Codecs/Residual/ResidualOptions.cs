namespace LeanTune.Activations.Codecs.Residual;

/// <summary>The parts of the residual codec that measurements vary; the defaults are what won on a real model.</summary>
internal sealed record ResidualOptions
{
    /// <summary>At most about this many rows are read to find directions.</summary>
    public const int FitRows = 1024;

    /// <summary>Rows of more than this many times the median energy are kept exactly.</summary>
    public const double OutlierEnergy = 16;

    /// <summary>Levels of the remainder's quantiser: 2, 4, 8 or 16.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>How many directions are found, of which those that pay are kept.</summary>
    public int DirectionsTried { get; init; } = 96;

    /// <summary>Whether matrices in the CPU's memory go through the fused kernels; else through tensor expressions, as on other devices.</summary>
    public bool Fused { get; init; } = true;
}
