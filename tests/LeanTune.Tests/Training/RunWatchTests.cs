using LeanTune.Optimization;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>What is seldom meant is said once, and ordinary noise is not.</summary>
public sealed class RunWatchTests : IDisposable
{
    private readonly FlatParameters _parameters = new(
        [("a.lora_A.weight", ones(2, 3), true), ("a.lora_B.weight", zeros(3, 2), true), ("b.lora_A.weight", ones(2, 3), true), ("b.lora_B.weight", zeros(3, 2), true)], CPU);

    public void Dispose() => _parameters.Dispose();

    [Fact]
    public void Noise_says_nothing_and_a_spike_is_said_once_until_it_is_over()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        _parameters.Gradients.fill_(1);
        RunWatch watch = new(_parameters);
        int step = 0;
        string[] Next(double loss) => [.. watch.After(Step(++step, loss))];
        for (int i = 0; i < 200; i++) Next(2 - (0.005 * i) + (0.1 * (random.NextDouble() - 0.5))).ShouldBeEmpty($"seed {seed}");
        Next(9).Single().ShouldContain($"step {step}");
        Next(10).ShouldBeEmpty();
        Next(1).ShouldBeEmpty();
        Next(9).Single().ShouldContain("far above");
    }

    [Fact]
    public void The_first_steps_are_no_spikes()
    {
        _parameters.Gradients.fill_(1);
        RunWatch watch = new(_parameters);
        foreach (double loss in (double[])[1, 9, 1, 30]) watch.After(Step(1, loss)).ShouldBeEmpty();
    }

    [Fact]
    public void Adapters_that_no_gradient_reaches_are_named_once()
    {
        _parameters.ByName["a.lora_B.weight"].grad!.fill_(1);
        RunWatch watch = new(_parameters);
        watch.After(Step(1, 1)).Single().ShouldContain("1 of 2 adapters in the first step (b)");
        watch.After(Step(2, 1)).ShouldBeEmpty();
    }

    private static StepCompleted Step(int step, double loss) => new(step, loss, 1e-4, 1, 1, 1, 1, 0.1, 0, 0, 0);
}
