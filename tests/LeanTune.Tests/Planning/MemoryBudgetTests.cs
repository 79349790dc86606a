using LeanTune.Native;
using LeanTune.Planning;

namespace LeanTune.Tests.Planning;

public class MemoryBudgetTests
{
    private static readonly MachineMemory s_machine = new(Total: 16_000_000_000, Available: 10_000_000_000, Limit: null);

    [Theory]
    [InlineData("6GiB", 6L * 1024 * 1024 * 1024)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData(" 900 MiB ", 900L * 1024 * 1024)]
    [InlineData("512kb", 512_000)]
    [InlineData("2KiB", 2048)]
    [InlineData("80%", 8_000_000_000)]
    [InlineData("100 %", 10_000_000_000)]
    [InlineData("auto", 9_000_000_000)]
    public void Sizes_shares_and_auto_are_read(string text, long bytes)
    {
        MemoryBudget.TryParse(text, s_machine, out long read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("6")]
    [InlineData("6G")]
    [InlineData("GiB")]
    [InlineData("-6GiB")]
    [InlineData("0MiB")]
    [InlineData("0%")]
    [InlineData("120%")]
    [InlineData("1e3MB")]
    [InlineData("99999999999999TiB")]
    [InlineData("many")]
    public void Anything_else_is_refused(string text) => MemoryBudget.TryParse(text, s_machine, out _).ShouldBeFalse();

    [Fact]
    public void A_container_s_limit_counts_where_it_is_tighter_than_the_machine()
    {
        (s_machine with { Limit = 4_000_000_000, LimitUsed = 1_000_000_000 }).Free.ShouldBe(3_000_000_000);
        (s_machine with { Limit = 64_000_000_000, LimitUsed = 1 }).Free.ShouldBe(10_000_000_000);
        (s_machine with { Limit = 1, LimitUsed = 5 }).Free.ShouldBe(0);
    }
}
