using LeanTune.Cli.Report;

namespace LeanTune.Cli.Tests.Report;

public class ThinningTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Thinning.MostPoints)]
    public void Few_points_stay_as_they_are(int count)
    {
        (double, double)[] points = [.. Enumerable.Range(0, count).Select(i => ((double)i, Math.Sin(i)))];
        Thinning.Of(points).ShouldBe(points);
    }

    [Theory]
    [InlineData(Thinning.MostPoints + 1)]
    [InlineData(100_000)]
    public void Of_many_the_extremes_and_the_ends_stay_in_order(int count)
    {
        (double X, double Y)[] points = [.. Enumerable.Range(0, count).Select(i => ((double)i, Math.Sin(i * 0.01)))];
        points[count / 3].Y = 50;
        points[count / 2].Y = -50;
        IReadOnlyList<(double X, double Y)> thin = Thinning.Of(points);
        thin.Count.ShouldBeLessThanOrEqualTo(Thinning.MostPoints + 2);
        thin.ShouldContain(points[count / 3]);
        thin.ShouldContain(points[count / 2]);
        (thin[0], thin[^1]).ShouldBe((points[0], points[^1]));
        thin.Select(point => point.X).ShouldBe(thin.Select(point => point.X).Order());
        thin.Except(points).ShouldBeEmpty();
    }
}
