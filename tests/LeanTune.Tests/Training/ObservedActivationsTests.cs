using LeanTune.Activations;
using LeanTune.Metrics;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>A run says before its first step how much of each activation its backward passes get back, and records it.</summary>
public sealed class ObservedActivationsTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(ActivationMode.Layer, ActivationRole.BlockInput, 1)]
    [InlineData(ActivationMode.Sublayer, ActivationRole.BlockInput, 2)]
    public void A_chain_keeps_its_beginning_exactly_and_loses_something_of_every_block_after(ActivationMode mode, ActivationRole role, int aBlock)
    {
        (SavedFidelity[] told, RunRecord run) = Observed(new ActivationOptions { Mode = mode });
        int blocks = run.KeptBytesByBlock.Count;
        told.Select(saved => saved.Site.Block).ShouldBe(Enumerable.Range(0, blocks).SelectMany(block => Enumerable.Repeat(block, aBlock)));
        told.ShouldAllBe(saved => saved.Site.Role == role);
        (told[0].LostEnergy, told[0].Rank).ShouldBe((0, null));
        told.Skip(1).ShouldAllBe(saved => saved.LostEnergy > 0 && saved.LostEnergy < 0.5);
        run.Fidelity.Select(saved => (saved.Block, saved.Rank, saved.LostEnergy)).ShouldBe(told.Select(saved => (saved.Site.Block, saved.Rank, saved.LostEnergy)));
    }

    [Fact]
    public void Factors_have_the_rank_that_was_asked_for()
    {
        (SavedFidelity[] told, _) = Observed(new ActivationOptions { Mode = ActivationMode.Layer, Codec = ActivationCodecName.LowRank, Rank = "8" });
        told.ShouldNotBeEmpty();
        told.ShouldAllBe(saved => saved.Rank == 8 && saved.LostEnergy > 0 && saved.LostEnergy < 1);
    }

    [Fact]
    public void Where_all_is_kept_there_is_nothing_to_say()
    {
        (SavedFidelity[] told, RunRecord run) = Observed(new ActivationOptions { Mode = ActivationMode.None });
        (told.Length, run.Fidelity.Count).ShouldBe((0, 0));
        run.KeptBytesByBlock.ShouldNotBeEmpty();
    }

    private (SavedFidelity[] Told, RunRecord Run) Observed(ActivationOptions activations)
    {
        FineTuneOptions options = _tiny.Options("run", 1) with { Activations = activations };
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        return ([.. events.OfType<ActivationsKept>().Single().Fidelity], RunRecord.Read(options.Output));
    }
}
