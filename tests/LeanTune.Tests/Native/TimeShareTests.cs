using LeanTune.Native;

namespace LeanTune.Tests.Native;

/// <summary>What is done whenever asked takes no more than its share of the time.</summary>
public class TimeShareTests
{
    [Fact]
    public void Slow_work_is_left_out_until_its_time_has_come_again()
    {
        int done = 0;
        TimeShare share = new(0.001, () =>
        {
            done++;
            Thread.Sleep(20);
        });
        for (int i = 0; i < 1000; i++) share.Run();
        done.ShouldBe(1); // the next is due 20 s later
    }

    [Fact]
    public void Work_that_may_take_all_of_the_time_is_done_again_and_again()
    {
        int done = 0;
        TimeShare share = new(1, () => done++);
        for (int i = 0; i < 100; i++)
        {
            share.Run();
            Thread.Sleep(1);
        }

        done.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void Nobody_waits_for_another_thread_that_is_at_it()
    {
        using ManualResetEventSlim inside = new(), leave = new();
        int done = 0;
        TimeShare share = new(1, () =>
        {
            Interlocked.Increment(ref done);
            inside.Set();
            leave.Wait();
        });
        Thread other = new(share.Run);
        other.Start();
        inside.Wait(TestContext.Current.CancellationToken);
        share.Run();
        leave.Set();
        other.Join();
        done.ShouldBe(1);
    }
}
