using LeanTune.Activations;

namespace LeanTune.Tests.Activations;

public class SavedBytesTests
{
    [Fact]
    public void Sums_by_block_and_kind_and_remembers_the_peak()
    {
        var ledger = new SavedBytes();
        var first = new ActivationSite(0, ActivationRole.BlockInput);
        var second = new ActivationSite(1, ActivationRole.Normalized, 1);
        ledger.Add(second, "factors", 50);
        ledger.Add(first, "factors", 100);
        ledger.Add(second with { Ordinal = 0 }, "factors", 7);
        ledger.Add(second, "statistics", 3);
        ledger.Total.ShouldBe(160);
        ledger.OfBlock(1).ShouldBe(60);
        ledger.OfKind("factors").ShouldBe(157);
        ledger.Report().ShouldBe([new(0, "factors", 100), new(1, "factors", 57), new(1, "statistics", 3)]);

        ledger.Remove(second, "statistics", 3);
        ledger.Remove(second, "factors", 57);
        ledger.Report().ShouldBe([new(0, "factors", 100)]);
        ledger.Total.ShouldBe(100);
        ledger.Peak.ShouldBe(160);
        ledger.ResetPeak();
        ledger.Peak.ShouldBe(100);
    }

    [Fact]
    public void Taking_away_more_than_was_noted_is_an_error()
    {
        var ledger = new SavedBytes();
        var site = new ActivationSite(3, ActivationRole.BlockInput);
        ledger.Add(site, "exact", 10);
        Should.Throw<InvalidOperationException>(() => ledger.Remove(site, "exact", 11)).Message.ShouldContain("block 3");
        Should.Throw<InvalidOperationException>(() => ledger.Remove(site, "factors", 1));
        Should.Throw<ArgumentOutOfRangeException>(() => ledger.Add(site, "exact", -1));
        ledger.Total.ShouldBe(10);
    }
}
