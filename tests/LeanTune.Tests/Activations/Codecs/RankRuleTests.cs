using LeanTune.Activations.Codecs;

namespace LeanTune.Tests.Activations.Codecs;

public class RankRuleTests
{
    [Theory]
    [InlineData("72", 4096, 576, 72)]
    [InlineData("1/8", 4096, 576, 72)]
    [InlineData("0.125", 4096, 576, 72)]
    [InlineData(" 1 / 8 ", 4096, 576, 72)]
    [InlineData("1/3", 4096, 64, 21)]
    [InlineData("100", 40, 576, 40)]
    [InlineData("1000", 4096, 576, 576)]
    [InlineData("1/8", 0, 576, 1)]
    public void Ranks_as_recipes_spell_them(string text, long rows, long features, int expected) =>
        RankRule.Parse(text).For(rows, features).ShouldBe(expected);

    [Fact]
    public void Defect5_a_fraction_never_rounds_to_zero()
    {
        RankRule.Fraction(0.01).For(4096, 64).ShouldBe(1);
        RankRule.Fraction(1e-9).For(4096, 64).ShouldBe(1);
    }

    [Theory]
    [InlineData("0"), InlineData("-3"), InlineData("1.5"), InlineData("9/8"), InlineData("1/0"), InlineData("0/8"), InlineData("1/8/2"), InlineData("half"), InlineData(""), InlineData("NaN")]
    [InlineData("energy"), InlineData("energy 0"), InlineData("energy 1"), InlineData("energy 1.5"), InlineData("energy x"), InlineData("power 0.9")]
    public void Anything_else_is_refused_with_what_is_expected(string text) =>
        Should.Throw<FormatException>(() => RankRule.Parse(text)).Message.ShouldContain("1/8");

    [Fact]
    public void Rules_out_of_range_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Absolute(0));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(0));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(1.01));
        foreach (double share in new[] { 0, 1, -0.5, double.NaN }) Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Energy(share));
    }

    [Theory]
    [InlineData("1/8"), InlineData("72"), InlineData("energy 0.95")]
    public void Spelling_survives(string text) => RankRule.Parse(text).ToString().ShouldBe(text);

    [Fact]
    public void By_energy_the_most_is_the_last_rank_that_saves_anything()
    {
        RankRule rule = RankRule.Parse("energy 0.95");
        rule.EnergyShare.ShouldBe(0.95);
        int most = rule.For(4096, 576);
        (most * (4096L + 576)).ShouldBeLessThanOrEqualTo(4096L * 576);
        ((most + 1) * (4096L + 576)).ShouldBeGreaterThan(4096L * 576);
        RankRule.Parse("1/8").EnergyShare.ShouldBeNull();
    }
}
