using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Nodes leave nothing behind, whether their backward ran or not.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class AutogradNodeMemoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_thousand_nodes_leave_no_bytes(bool backward)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        const int width = 4096; // 16 KiB a tensor: one leak a node would be 16 MB
        void Run(int nodes)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor leaf = ones(width).requires_grad_(), other = full(width, 0.5);
            Tensor output = leaf;
            for (int i = 0; i < nodes; i++) output = AutogradNodeTests.Product(output, other);
            if (backward) Autograd.Backward(output.sum());
        }

        Run(10);
        long before = ProcessMemory.LiveBytes;
        Run(1000);
        (ProcessMemory.LiveBytes - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void A_long_chain_frees_as_its_backward_goes()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        const int nodes = 50, width = 1 << 18; // 1 MiB a tensor
        using DisposeScope scope = NewDisposeScope();
        Tensor leaf = ones(width).requires_grad_(), other = full(width, 0.5);
        Tensor output = leaf.alias();
        long before = ProcessMemory.LiveBytes;
        for (int i = 0; i < nodes; i++)
        {
            Tensor next = AutogradNodeTests.Product(output, other);
            output.Dispose();
            output = next;
        }

        Tensor loss = output.sum();
        output.Dispose();
        long kept = ProcessMemory.LiveBytes - before;
        kept.ShouldBeInRange((nodes - 1) * 4L * width, nodes * 4L * width); // the first input is the leaf itself
        using PeakSampler peak = new();
        Autograd.Backward(loss);
        peak.Sample();
        // Gradients never pile up: each step frees one kept tensor and holds two gradients.
        peak.PeakBytes.ShouldBeLessThan(5L * 4 * width);
        (ProcessMemory.LiveBytes - before).ShouldBeLessThan(2L * 4 * width); // the leaf's gradient, and the graph's small change
    }
}
