using LeanTune.Activations;
using LeanTune.Native;
using LeanTune.Tests.Native;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>A run holds as much memory after many steps as after few.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public sealed class FlatMemoryTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(ActivationMode.None)]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Ops)]
    public void Live_bytes_do_not_grow_from_step_to_step(ActivationMode mode)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        FineTuneOptions options = _tiny.Options("run", 400);
        options = options with { Activations = new ActivationOptions { Mode = mode } };
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        long[] live = [.. events.OfType<StepCompleted>().Select(step => step.LiveBytes)];
        // Between two rests what is waiting for finalizers rises and falls, and batches differ: only the lowest of many steps compare. The first
        // 200 steps are those in which the runtime compiles what runs often, for good; some of it comes later, up to 2 kB a step. Without what a rest
        // does, tens of kB a step stay.
        long before = live[200..260].Min(), after = live[340..].Min();
        TestContext.Current.TestOutputHelper?.WriteLine($"{mode}: {(after - before) / 140.0} bytes a step");
        ((after - before) / 140.0).ShouldBeLessThan(5_000);
    }
}
