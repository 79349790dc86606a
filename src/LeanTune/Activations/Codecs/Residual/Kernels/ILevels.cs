namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>A number of levels as a type, so that a kernel is compiled for each.</summary>
internal interface ILevels
{
    /// <summary>How many levels.</summary>
    static abstract int Count { get; }
}

/// <summary>Two levels.</summary>
internal readonly struct Levels2 : ILevels
{
    public static int Count => 2;
}

/// <summary>Four levels.</summary>
internal readonly struct Levels4 : ILevels
{
    public static int Count => 4;
}

/// <summary>Eight levels.</summary>
internal readonly struct Levels8 : ILevels
{
    public static int Count => 8;
}

/// <summary>Sixteen levels.</summary>
internal readonly struct Levels16 : ILevels
{
    public static int Count => 16;
}
