using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Work over rows, spread over threads.</summary>
[Collection(nameof(NativeMemoryCollection))] // sets the number of threads, which all of libtorch shares
public sealed class RowThreadsTests : IDisposable
{
    private const long Wide = 1 << 20; // elements of a row, so that each is worth a thread

    private readonly int _threads = get_num_threads();

    public void Dispose() => set_num_threads(_threads);

    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 7)]
    [InlineData(3, 2)]
    [InlineData(5, 64)]
    public void Every_row_is_worked_on_once(int threads, int rows)
    {
        set_num_threads(threads);
        var visits = new int[rows];
        RowThreads.Run(rows, Wide, (from, to) =>
        {
            for (long row = from; row < to; row++) Interlocked.Increment(ref visits[row]);
        });
        visits.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public void No_rows_and_no_columns_are_no_work()
    {
        RowThreads.Run(0, 5, (_, _) => throw new InvalidOperationException());
        RowThreads.Run(5, 0, (_, _) => throw new InvalidOperationException());
    }

    [Fact]
    public void On_Linux_the_threads_are_those_of_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch has another OpenMP there");
        OpenMpThreads.Available.ShouldBeTrue();
        set_num_threads(2);
        using Barrier both = new(2); // two parts at once, so two threads
        int[] ids = new int[2];
        OpenMpThreads.Run(2, part =>
        {
            both.SignalAndWait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
            ids[part] = Environment.CurrentManagedThreadId;
        });
        ids.ShouldBeUnique();
        ids.ShouldContain(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void An_exception_in_one_part_comes_out_when_all_are_done()
    {
        Assert.SkipUnless(OpenMpThreads.Available, "libtorch has another OpenMP here");
        int done = 0;
        Should.Throw<InvalidDataException>(() => OpenMpThreads.Run(4, part =>
        {
            if (part == 1) throw new InvalidDataException("one");
            Interlocked.Increment(ref done);
        }));
        done.ShouldBe(3);
    }
}
