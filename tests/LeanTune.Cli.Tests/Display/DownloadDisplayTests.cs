using LeanTune.Cli.Hub;
using LeanTune.Hub;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Display;

public class DownloadDisplayTests
{
    private static readonly HubEvent[] s_begun = [new DownloadPlanned("hub:o/n@c", 2, 3_000_000, 1_000_000), new FileCompleted("config.json", 500_000), new FileAdvanced("model.safetensors", 1_000_000, 2_500_000)];

    [Fact]
    public void A_log_has_a_line_a_file_and_now_and_then_one_within_it()
    {
        using StringWriter output = new();
        Clock clock = new();
        using DownloadLines lines = new(output, clock);
        foreach (HubEvent happened in s_begun)
            lines.Show(happened);
        lines.Show(new DownloadWaits("the hub answered 503", TimeSpan.FromSeconds(2)));
        clock.Advance(10);
        lines.Show(new FileAdvanced("model.safetensors", 1_500_000, 2_500_000));
        lines.Show(new FileAdvanced("model.safetensors", 1_600_000, 2_500_000));
        lines.Show(new FileCompleted("model.safetensors", 2_500_000));
        output.ToString().ReplaceLineEndings("\n").ShouldBe("""
            hub:o/n@c: 2 files, 3.00 MB to download, 1.00 MB of them here from earlier
            config.json 500 kB
            the hub answered 503; next attempt in 2.0 s
            model.safetensors 1.50 MB of 2.50 MB (60 %)
            model.safetensors 2.50 MB

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_terminal_has_a_bar_that_is_redrawn_in_place()
    {
        using TestConsole console = new TestConsole().Width(80).EmitAnsiSequences();
        Clock clock = new();
        using (DownloadBar bar = new(console, clock))
        {
            bar.Show(s_begun[0]);
            clock.Advance(1);
            bar.Show(s_begun[1]);
            clock.Advance(1);
            bar.Show(s_begun[2]);
            bar.Show(new FileAdvanced("model.safetensors", 1_000_001, 2_500_000)); // too soon to be drawn
        }

        string[] drawn = console.Output.Split("\r\u001b[K");
        drawn.Length.ShouldBe(4);
        drawn[2].ShouldStartWith("━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌ 1.50 MB of 3.00 MB, 250 kB/s, 6.0 s left  model");
        drawn[3].ShouldBeEmpty();
    }

    [Fact]
    public void What_a_server_says_cannot_move_the_cursor()
    {
        using StringWriter output = new();
        using DownloadLines lines = new(output, TimeProvider.System);
        lines.Show(new HubNotice("a\u001b[2Jb"));
        output.ToString().ShouldNotContain("\u001b");
    }

    /// <summary>A clock that stands until it is moved.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerHour;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(int seconds) => _ticks += seconds * TimeSpan.TicksPerSecond;
    }
}
