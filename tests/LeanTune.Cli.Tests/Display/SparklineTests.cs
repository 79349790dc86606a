using LeanTune.Cli.Display;

namespace LeanTune.Cli.Tests.Display;

public class SparklineTests
{
    [Theory]
    [InlineData(true, "▁▂▃▄▅▆▇█")]
    [InlineData(false, ".:-=+*#@")]
    public void Each_value_has_the_character_of_its_height(bool unicode, string expected) =>
        Sparkline.Of([0, 1, 2, 3, 4, 5, 6, 7], 20, unicode).ShouldBe((expected, 0, 7));

    [Fact]
    public void More_values_than_characters_are_averaged() =>
        Sparkline.Of([1, 3, 5, 7, 9, 9, 9], 3, unicode: true).ShouldBe(("▁▅█", 2, 9));

    [Fact]
    public void A_flat_curve_is_in_the_middle_and_no_value_is_no_curve()
    {
        Sparkline.Of([2, 2], 9, unicode: true)!.Value.Line.ShouldBe("▅▅");
        Sparkline.Of([], 9, unicode: true).ShouldBeNull();
    }

    [Fact]
    public void A_long_run_is_kept_in_few_numbers_that_still_are_its_means()
    {
        LossHistory history = new();
        for (int step = 0; step < 100_000; step++)
            history.Add(step);

        history.Means.Count.ShouldBeLessThanOrEqualTo(256);
        history.Means.Count.ShouldBeGreaterThan(128);
        // 512 steps a stretch: the mean of 0 to 511, of 512 to 1023, and so on; the last stretch is shorter.
        history.Means[0].ShouldBe(255.5, 1e-9);
        history.Means[1].ShouldBe(767.5, 1e-9);
        history.Means[^1].ShouldBe((99_840 + 99_999) / 2.0, 1e-6);
    }
}
