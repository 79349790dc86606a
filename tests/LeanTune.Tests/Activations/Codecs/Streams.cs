using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>Activations as a residual stream has them: each the one before plus a smaller update with a few strong directions and tokens.</summary>
internal static class Streams
{
    /// <summary>One activation (tokens, features) fp32 a block.</summary>
    public static Tensor[] Residual(int blocks, int tokens, int features, ulong seed = 11)
    {
        var generator = new Generator(seed);
        var stream = new Tensor[blocks];
        stream[0] = randn(tokens, features, generator: generator);
        for (int block = 1; block < blocks; block++) stream[block] = stream[block - 1] + Update(tokens, features, generator);
        return stream;
    }

    /// <summary>White noise, four shared directions, and one strong token in a hundred: (tokens, features) fp32.</summary>
    public static Tensor Update(int tokens, int features, Generator generator)
    {
        Tensor update = 0.3 * randn(tokens, features, generator: generator);
        update += randn(tokens, 4, generator: generator).mm(randn(4, features, generator: generator)).mul_(0.3);
        for (int token = 0; token < tokens; token += 100) update[token].mul_(40);
        return update;
    }
}
