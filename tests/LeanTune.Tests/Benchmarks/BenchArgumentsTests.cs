using LeanTune.Benchmarks;

namespace LeanTune.Tests.Benchmarks;

/// <summary>A bench that was told something it does not know measures nothing.</summary>
public class BenchArgumentsTests
{
    [Fact]
    public void Switches_are_read()
    {
        BenchArguments arguments = BenchArguments.TryParse(["memory", "--rounds", "3", "--json", "x", "--modes", "none,layer"], TextWriter.Null)!;
        (arguments.Name, arguments.Json, arguments.Model).ShouldBe(("memory", "x", null));
        (arguments.Number("rounds", 7), arguments.Number("batch", 8), arguments.Text("modes", "")).ShouldBe((3, 8, "none,layer"));
    }

    [Fact]
    public void An_unknown_switch_is_refused_and_the_known_ones_named()
    {
        using StringWriter errors = new();
        BenchArguments.TryParse(["memory", "--round", "3"], errors).ShouldBeNull();
        errors.ToString().ShouldContain("no switch --round;");
        errors.ToString().ShouldContain("--rounds");
    }

    [Theory]
    [InlineData("many")]
    [InlineData("2.5")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void What_is_no_number_is_named(string text) =>
        Should.Throw<ArgumentException>(() => BenchArguments.TryParse(["memory", "--rounds", text], TextWriter.Null)!.Number("rounds", 7))
            .Message.ShouldBe($"--rounds: expected a whole number; found '{text}'.");

    /// <summary>Each switch that the usage shows is one that is taken.</summary>
    [Fact]
    public void The_usage_shows_what_is_taken()
    {
        using StringWriter usage = new();
        BenchArguments.Usage(usage);
        string bench = "";
        int seen = 0;
        foreach (string line in usage.ToString().Split('\n').Skip(1))
        {
            if (line.Length > 2 && line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ') bench = line.Trim().Split(' ')[0];
            if (!line.StartsWith("  ", StringComparison.Ordinal)) continue;
            foreach (System.Text.RegularExpressions.Match shown in System.Text.RegularExpressions.Regex.Matches(line, "--([a-z]+)"))
            {
                using StringWriter errors = new();
                BenchArguments.TryParse([bench, shown.Value, "1"], errors).ShouldNotBeNull($"{bench} {shown.Value}: {errors}");
                seen++;
            }
        }

        seen.ShouldBeGreaterThan(20);
    }
}
