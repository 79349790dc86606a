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
    public void Anything_else_is_refused_with_what_is_expected(string text) =>
        Should.Throw<FormatException>(() => RankRule.Parse(text)).Message.ShouldContain("1/8");

    [Fact]
    public void Rules_out_of_range_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Absolute(0));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(0));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => RankRule.Fraction(1.01));
    }

    [Fact]
    public void Spelling_survives() => RankRule.Parse("1/8").ToString().ShouldBe("1/8");
}
