using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>While a hold lasts no finalizer runs; afterwards all of them do.</summary>
[Collection(nameof(NativeMemoryCollection))]
public class FinalizerGateTests
{
    [Fact]
    public void Finalizers_wait_for_the_end_of_the_last_hold()
    {
        StrongBox<int> finalized = new();
        using (FinalizerGate.Close())
        {
            using (FinalizerGate.Close()) Drop(finalized);
            Collect();
            Thread.Sleep(50);
            finalized.Value.ShouldBe(0);
        }

        GC.WaitForPendingFinalizers();
        finalized.Value.ShouldBe(100);
    }

    [Fact]
    public void A_rest_lets_finalizers_run_once_enough_has_gathered_and_no_other_thread_holds()
    {
        StrongBox<int> finalized = new();
        using (FinalizerGate.Close())
        {
            Drop(finalized);
            FinalizerGate.Rest(); // little has gathered
            finalized.Value.ShouldBe(0);
            for (int i = 0; i < 40; i++) GC.KeepAlive(new byte[1 << 20]);
            using (FinalizerGate.Close())
                OnAnotherThread(() =>
                {
                    using (FinalizerGate.Close()) FinalizerGate.Rest(); // the other thread may be at work
                });
            finalized.Value.ShouldBe(0);
            using (FinalizerGate.Close()) FinalizerGate.Rest(); // of the same thread: neither is at work
            finalized.Value.ShouldBe(100);
            Drop(finalized);
            Collect();
            Thread.Sleep(50);
            finalized.Value.ShouldBe(100); // and closed it again
        }
    }

    [Fact]
    public void A_rest_also_frees_what_the_runtime_keeps_for_delegates_that_native_code_was_given()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        long Live()
        {
            FinalizerGate.Rest();
            return ProcessMemory.LiveBytes;
        }

        // The runtime keeps some of it for the next delegates: the first rounds fill that.
        for (int round = 0; round < 3; round++) GiveDelegates();
        long before = Live();
        for (int round = 0; round < 10; round++)
        {
            GiveDelegates();
            Live();
        }

        // 10 rounds of 5,000: kept for good they would take some 10 MB.
        (Live() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Numbers_handed_to_libtorch_survive_collections_at_any_moment()
    {
        // Without the gate some 300 of a million such calls read a number that was freed.
        using CancellationTokenSource done = new();
        using var scope = NewDisposeScope();
        Thread churn = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                Thread.Sleep(0);
                Thread.SpinWait(5_000); // or the other thread would never come to work
            }
        });
        int wrong = 0;
        using (FinalizerGate.Close())
        {
            churn.Start();
            Tensor value = zeros(1), one = ones(1);
            for (int i = 0; i < 20_000; i++)
            {
                value.fill_(3.0).mul_(2.0).add_(one).sub_(2.0); // 5
                if (value.item<float>() != 5) wrong++;
            }

            done.Cancel();
            churn.Join();
        }

        wrong.ShouldBe(0);
    }

    private static void OnAnotherThread(ThreadStart work)
    {
        Thread thread = new(work);
        thread.Start();
        thread.Join();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.Collect();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GiveDelegates()
    {
        for (int i = 0; i < 5_000; i++)
        {
            object own = new();
            _ = Marshal.GetFunctionPointerForDelegate<Action>(() => GC.KeepAlive(own));
        }

        for (int i = 0; i < 5; i++) GC.KeepAlive(new byte[1 << 20]); // enough for a rest
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(StrongBox<int> finalized)
    {
        for (int i = 0; i < 100; i++) GC.KeepAlive(new Counted(finalized));
    }

    private sealed class Counted(StrongBox<int> finalized)
    {
        ~Counted() => Interlocked.Increment(ref finalized.Value);
    }
}
