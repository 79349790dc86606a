using LeanTune.Cli.Display;

namespace LeanTune.Cli.Tests.Display;

public class UnitsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.00 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.00 MB")]
    [InlineData(12_449_000, "12.4 MB")]
    [InlineData(99_949_999, "99.9 MB")]
    [InlineData(99_950_000, "100 MB")]
    [InlineData(1_240_000_000, "1.24 GB")]
    [InlineData(64_000_000_000, "64.0 GB")]
    public void Bytes_are_decimal_with_three_digits(long bytes, string expected) => Units.Bytes(bytes).ShouldBe(expected);

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(-1, "0.0 s")]
    [InlineData(9.96, "10.0 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(86_400 + 7_200, "1 d 02 h")]
    [InlineData(1e300, "11574 d 01 h")]
    public void Durations_have_their_two_largest_units(double seconds, string expected) => Units.Duration(seconds).ShouldBe(expected);

    [Fact]
    public void Counts_are_grouped()
    {
        Units.Count(134_515_008).ShouldBe("134 515 008");
        Units.Count(0).ShouldBe("0");
        Units.ShortCount(134_515_008).ShouldBe("135 M");
        Units.Percent(0.0342).ShouldBe("3.42 %");
    }

    [Fact]
    public void Text_from_a_model_cannot_drive_the_terminal()
    {
        SafeText.Of("a\u001b[2Jb\u202ec\r\nd\te").ShouldBe("a\ufffd[2Jb\ufffdc\nd\te");
        SafeText.Line("one\ntwo three", 8).ShouldBe("one two…");
    }
}
