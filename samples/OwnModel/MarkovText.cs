using static TorchSharp.torch;

namespace OwnModel;

/// <summary>Endless made-up text: each token has four possible successors, so that the best loss is ln 4 = 1.386.</summary>
/// <param name="vocabulary">How many tokens there are.</param>
/// <param name="seed">Decides the successors and the text.</param>
internal sealed class MarkovText(int vocabulary, int seed)
{
    private const int Successors = 4;
    private readonly Random _random = new(seed);
    private readonly int[] _next = [.. Enumerable.Range(0, vocabulary * Successors).Select(i => new Random((seed * 1009) + i).Next(vocabulary))];

    /// <summary>(B, T + 1) int64: inputs and, one further, targets. The caller disposes it.</summary>
    public Tensor Batch(int rows, int tokens)
    {
        long[] ids = new long[rows * (tokens + 1)];
        for (int row = 0; row < rows; row++)
        {
            int token = _random.Next(vocabulary);
            for (int t = 0; t <= tokens; t++)
            {
                ids[(row * (tokens + 1)) + t] = token;
                token = _next[(token * Successors) + _random.Next(Successors)];
            }
        }

        return tensor(ids, [rows, tokens + 1]);
    }
}
