using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>Matrices that break naive codecs.</summary>
internal static class DegenerateMatrices
{
    public static TheoryData<string> Kinds =>
        ["zero", "constant", "rank one", "one column", "one token", "one element", "one row", "one feature", "few tokens", "odd width", "tiny", "huge", "half zero"];

    /// <summary>A matrix (tokens, features) fp32 of a kind.</summary>
    public static Tensor Of(string kind)
    {
        var generator = new Generator(3);
        Tensor normal = randn(160, 64, generator: generator);
        switch (kind)
        {
            case "zero": return zeros(160, 64);
            case "constant": return ones(160, 64);
            case "rank one": return randn(160, 1, generator: generator).mm(randn(1, 64, generator: generator));
            case "one column": normal.select(1, 13).mul_(1e4); return normal;
            case "one token": normal[40].mul_(1e4); return normal;
            case "one element": normal = zeros(160, 64); normal[7, 7] = 1; return normal;
            case "one row": return randn(1, 576, generator: generator);
            case "one feature": return randn(200, 1, generator: generator);
            case "few tokens": return randn(5, 300, generator: generator);
            case "odd width": return randn(90, 101, generator: generator);
            case "tiny": return normal * 1e-12;
            case "huge": return normal * 1e15;
            default: normal.narrow(0, 0, 100).zero_(); return normal;
        }
    }
}
