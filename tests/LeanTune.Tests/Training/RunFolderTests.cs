using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>At every moment the newest folder with a final name is a complete checkpoint.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly RunFolder _folder;

    public RunFolderTests() => _folder = new RunFolder(_temporary.File("run"));

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_new_checkpoint_takes_the_place_of_the_one_before()
    {
        _folder.LastCheckpoint().ShouldBeNull();
        Write(9);
        Write(10);
        Names().ShouldBe(["step-00000010"]);
        File.ReadAllText(Path.Combine(_folder.LastCheckpoint()!, "state")).ShouldBe("10");
    }

    [Theory]
    [InlineData("No space left on device")]
    [InlineData("Permission denied")]
    public void A_write_that_fails_leaves_the_checkpoint_before_and_nothing_else(string message)
    {
        Write(10);
        Should.Throw<IOException>(() => _folder.WriteCheckpoint(20, into =>
        {
            Directory.CreateDirectory(Path.Combine(into, "adapter"));
            File.WriteAllText(Path.Combine(into, "adapter", "half"), "half");
            throw new IOException(message);
        })).Message.ShouldBe(message);
        Names().ShouldBe(["step-00000010"]);
        File.ReadAllText(Path.Combine(_folder.LastCheckpoint()!, "state")).ShouldBe("10");
        Write(20);
        Names().ShouldBe(["step-00000020"]);
    }

    [Fact]
    public void The_checkpoint_before_is_there_until_the_new_one_has_its_name()
    {
        Write(10);
        _folder.WriteCheckpoint(20, into =>
        {
            // A process killed here goes on from step 10.
            File.WriteAllText(Path.Combine(into, "state"), "20");
            Path.GetFileName(new RunFolder(_folder.Path).LastCheckpoint()).ShouldBe("step-00000010");
        });
        Names().ShouldBe(["step-00000020"]);
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_passed_over_and_removed()
    {
        Write(10);
        string half = Path.Combine(_folder.Checkpoints, ".writing-00000020");
        Directory.CreateDirectory(half);
        File.WriteAllText(Path.Combine(half, "state"), "2");
        Path.GetFileName(new RunFolder(_folder.Path).LastCheckpoint()).ShouldBe("step-00000010");
        Write(15); // not the step that was being written
        Names().ShouldBe(["step-00000015"]);
    }

    [Fact]
    public void Killed_between_the_new_name_and_the_removal_of_the_old_the_newest_counts()
    {
        Write(20);
        Directory.CreateDirectory(Path.Combine(_folder.Checkpoints, "step-00000010")); // half removed
        Path.GetFileName(_folder.LastCheckpoint()).ShouldBe("step-00000020");
        Write(30);
        Names().ShouldBe(["step-00000030"]);
    }

    [Fact]
    public void A_complete_checkpoint_of_the_step_is_never_taken_away_to_write_it_again()
    {
        Write(10);
        _folder.WriteCheckpoint(10, _ => throw new InvalidOperationException("must not be written again"));
        File.ReadAllText(Path.Combine(_folder.LastCheckpoint()!, "state")).ShouldBe("10");
    }

    private void Write(int step) => _folder.WriteCheckpoint(step, into => File.WriteAllText(Path.Combine(into, "state"), $"{step}"));

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder.Checkpoints).Select(path => Path.GetFileName(path)).Order()];
}
