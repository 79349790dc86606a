namespace LeanTune.Cli.Tests.Commands;

public class CommandLineTests
{
    [Theory]
    [InlineData("inspekt x", "unknown command 'inspekt'; did you mean 'inspect'?")]
    [InlineData("frobnicate", "unknown command 'frobnicate'\n")]
    [InlineData("inspect x y", "unexpected argument 'y'")]
    [InlineData("inspect x --al", "unknown option '--al'; did you mean '--all'?")]
    [InlineData("inspect --al x", "unknown option '--al'; did you mean '--all'?")]
    [InlineData("doctor --verbos", "unknown option '--verbos'; did you mean '--verbose'?")]
    [InlineData("inspect", "Required argument 'PATH' missing")]
    public void A_wrong_command_line_is_a_usage_error_with_the_nearest_spelling(string line, string expected)
    {
        ToolRun run = ToolRun.Of(line.Split(' '));

        run.Code.ShouldBe(ExitCode.Usage);
        run.Output.ShouldBeEmpty();
        run.Error.ReplaceLineEndings("\n").ShouldStartWith("leantune: " + expected);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("inspect")]
    public void An_empty_path_is_a_usage_error(string command)
    {
        ToolRun run = ToolRun.Of(command, "");

        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(" is empty");
    }

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_lists_the_commands(string line)
    {
        ToolRun run = ToolRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.Code.ShouldBe(ExitCode.Done);
        run.Output.ShouldContain("inspect <PATH>");
        run.Output.ShouldContain("doctor");
    }

    [Fact]
    public void Help_of_a_command_shows_examples()
    {
        ToolRun run = ToolRun.Of("inspect", "--help");

        run.Code.ShouldBe(ExitCode.Done);
        run.Output.ShouldContain("Examples:\n  leantune inspect ");
    }
}
