using LeanTune.Losses;
using LeanTune.Native;
using LeanTune.Tests.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Losses;

/// <summary>The loss needs memory for a chunk of logits and for the gathered rows, never for the logits of all tokens.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class ChunkedCrossEntropyMemoryTests
{
    private const int Width = 32;
    private const long ChunkBytes = 1_280_000;
    private const long Slack = 1 << 20;

    [Theory]
    [InlineData(64, 20_000, true)]
    [InlineData(512, 20_000, true)]
    [InlineData(512, 20_000, false)]
    [InlineData(64, 80_000, true)]
    [InlineData(512, 80_000, true)]
    [InlineData(512, 80_000, false)]
    public void Peak_does_not_grow_with_tokens_times_vocabulary(int tokens, int vocabulary, bool train)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = randn(tokens, Width).requires_grad_(train), head = randn(vocabulary, Width);
        Tensor labels = randint(0, vocabulary, [1, tokens], ScalarType.Int64);
        void Run()
        {
            using Tensor loss = ChunkedCrossEntropy.Sum(hidden, head, labels, 1, ChunkBytes);
            if (train) Autograd.Backward(loss);
            hidden.grad?.Dispose();
            hidden.grad = null;
        }

        Run(); // warms libtorch up
        using PeakSampler memory = new();
        // Again until the sampler's thread has looked while a chunk was there, however busy the machine.
        for (int i = 0; i < 1000 && memory.PeakBytes < ChunkBytes / 2; i++) Run();
        // Rows, their gradient, what is scattered from it; softmax's gradient lies where the logits were.
        long rows = 3L * tokens * Width * sizeof(float);
        memory.PeakBytes.ShouldBeInRange(ChunkBytes / 2, ChunkBytes + rows + Slack);
    }
}
