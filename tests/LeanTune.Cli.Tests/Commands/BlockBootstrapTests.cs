using LeanTune.Cli.Commands.Compare;

namespace LeanTune.Cli.Tests.Commands;

/// <summary>Errors that are estimated from one series of values are those that theory gives.</summary>
public class BlockBootstrapTests
{
    // Of a first-order autoregression with coefficient f and innovations of deviation s, the mean of n values spreads by s / ((1 - f) √n).
    [Theory]
    [InlineData(0.0, 400)]
    [InlineData(0.5, 400)]
    [InlineData(0.8, 1000)]
    public void The_error_of_a_mean_of_dependent_values_is_the_known_one(double coefficient, int count)
    {
        const int series = 40;
        double[] errors = [.. Enumerable.Range(1, series).Select(seed => BlockBootstrap.OfMean(Autoregression(seed, coefficient, count)).Error)];
        double expected = 1 / ((1 - coefficient) * Math.Sqrt(count));
        (errors.Average() / expected).ShouldBe(1, 0.2, $"seeds 1 to {series}");
    }

    // The median of normal values spreads by √(π/2) times as much as their mean.
    [Fact]
    public void The_error_of_a_median_is_the_known_one()
    {
        double[] errors = [.. Enumerable.Range(1, 40).Select(seed => BlockBootstrap.OfLogMedian([.. Autoregression(seed, 0, 400).Select(value => Math.Exp(0.1 * value))]).Error)];
        (errors.Average() / (0.1 * Math.Sqrt(Math.PI / 2 / 400))).ShouldBe(1, 0.2, "seeds 1 to 40");
    }

    // Of tables: t that 0.5 % lie above.
    [Theory]
    [InlineData(4, 4.604)]
    [InlineData(5, 4.032)]
    [InlineData(10, 3.169)]
    [InlineData(30, 2.750)]
    [InlineData(1_000_000, 2.576)]
    public void Students_t_is_that_of_the_tables(int degrees, double expected) => BlockBootstrap.StudentT(degrees).ShouldBe(expected, 0.015 * expected);

    [Fact]
    public void Values_that_are_all_the_same_have_no_spread()
    {
        BlockBootstrap.OfMean([.. Enumerable.Repeat(0.25, 50)]).ShouldBe(new Spread(0.25, 0, 0));
        Should.Throw<ArgumentException>(() => BlockBootstrap.OfMean(new double[BlockBootstrap.FewestValues - 1]));
    }

    private static double[] Autoregression(int seed, double coefficient, int count)
    {
        Random random = new(seed);
        double[] values = new double[count];
        double last = 0;
        for (int i = -100; i < count; i++)
        {
            last = coefficient * last + Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            if (i >= 0) values[i] = last;
        }

        return values;
    }
}
