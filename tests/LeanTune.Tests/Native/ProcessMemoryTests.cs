using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Live bytes, their peak, and the operating system's peak.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class ProcessMemoryTests
{
    private const long PageBytes = 4096;

    [Theory]
    [InlineData(1 << 10)]
    [InlineData(100_003)]
    [InlineData(10 << 20)]
    public void Live_bytes_grow_by_a_tensors_bytes(int elements)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        empty(elements).Dispose();
        // Other threads of the process may allocate a little at the same time: the quietest of five tries counts.
        (long Grown, long Left) quietest = Enumerable.Range(0, 5).Select(_ =>
        {
            long before = ProcessMemory.LiveBytes;
            Tensor tensor = empty(elements);
            long grown = ProcessMemory.LiveBytes - before;
            tensor.Dispose();
            return (grown, ProcessMemory.LiveBytes - before);
        }).MinBy(tried => Math.Abs(tried.Item1 - (4L * elements)));
        quietest.Grown.ShouldBeInRange(4L * elements, (4L * elements) + (2 * PageBytes));
        quietest.Left.ShouldBeLessThan(2 * PageBytes);
    }

    [Fact]
    public void The_sampler_sees_a_peak_that_has_passed()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        const int elements = 16 << 20;
        const long slack = 2 << 20; // other tests' finalizers free native memory meanwhile
        using PeakSampler sampler = new();
        Tensor passing = zeros(elements);
        for (int wait = 0; wait < 2000 && sampler.PeakBytes < (4L * elements) - slack; wait++) Thread.Sleep(1); // its own thread looks, however busy the machine
        passing.Dispose();
        sampler.PeakBytes.ShouldBeInRange((4L * elements) - slack, (4L * elements) + slack);
        sampler.Restart();
        sampler.PeakBytes.ShouldBeLessThan(slack);
        using (zeros(elements / 2)) sampler.Sample();
        sampler.PeakBytes.ShouldBeInRange((2L * elements) - slack, (2L * elements) + slack);
    }

    [Fact]
    public void The_systems_peak_starts_anew_after_a_reset()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux resets its peak");
        const int elements = 32 << 20; // 128 MiB: mapped, so that freeing gives it back
        zeros(elements).Dispose();
        Assert.SkipUnless(ProcessMemory.ResetPeak(), "this system does not let the process reset its peak");
        long after = ProcessMemory.PeakResidentBytes;
        after.ShouldBeLessThan(ProcessMemory.ResidentBytes + (32L << 20));
        using (Tensor touched = zeros(elements))
        {
            touched.fill_(1);
            ProcessMemory.ResidentBytes.ShouldBeGreaterThan(100L << 20);
        }

        ProcessMemory.PeakResidentBytes.ShouldBeGreaterThan(after + (100L << 20));
        ProcessMemory.ResetPeak().ShouldBeTrue();
        ProcessMemory.PeakResidentBytes.ShouldBeLessThan(after + (100L << 20));
    }
}
