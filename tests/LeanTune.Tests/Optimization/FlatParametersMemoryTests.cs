using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Tests.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Optimization;

/// <summary>What the flat buffers and the moments cost, and that they end when they are disposed.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class FlatParametersMemoryTests
{
    [Fact]
    public void Four_numbers_a_parameter_until_disposed()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        const long count = 2_000_000, slack = 1 << 20;
        long before = ProcessMemory.LiveBytes;
        using (PeakSampler filling = new())
        using (new FlatParameters([("a", zeros(count), true)], CPU))
        {
            filling.Sample();
            // Start values and their copies, then copies and gradients.
            filling.PeakBytes.ShouldBeLessThan((2 * count * sizeof(float)) + slack);
        }

        FlatParameters flat = new([("a", zeros(count / 2), true), ("b", zeros(2, count / 4), false)], CPU);
        AdamW optimizer = new(flat, 0.9, 0.999, 1e-8, 0);
        (ProcessMemory.LiveBytes - before).ShouldBeInRange((4 * count * sizeof(float)) - slack, (4 * count * sizeof(float)) + slack);
        optimizer.Dispose();
        flat.Dispose();
        (ProcessMemory.LiveBytes - before).ShouldBeLessThan(slack);
    }
}
