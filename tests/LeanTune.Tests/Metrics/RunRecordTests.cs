using LeanTune.Metrics;

namespace LeanTune.Tests.Metrics;

/// <summary>Run folders are read as far as they go: unfinished, damaged, or written by another version.</summary>
public sealed class RunRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Steps_evaluations_samples_and_memory_are_read()
    {
        Write("""
            {"event":"run","total_steps":3,"model":"llama"}
            {"event":"memory_tried","budget_bytes":100,"parts":[{"name":"kept","expected_bytes":10,"measured_bytes":11}]}
            {"event":"activations","blocks":[{"block":0,"kept_bytes":{"codes":5,"chain":2}},{"block":1,"kept_bytes":{"codes":6}}],"fidelity":[{"block":0,"role":"block_input","lost_energy":0},{"block":1,"role":"block_input","rank":3,"lost_energy":0.25}]}
            {"event":"evaluation","step":0,"loss":5.5,"supervised_tokens":7}
            {"event":"memory","rows":[{"name":"this run","kept_bytes":3,"peak_bytes":4}]}
            {"event":"step","step":1,"loss":2.5,"seconds":0.5,"real_tokens":8,"peak_bytes":9}
            {"event":"sample","step":1,"prompt":"p","text":"t"}
            {"event":"notice","message":"3 rows were cut"}
            {"event":"memory_measured","parts":[{"name":"kept","expected_bytes":10,"measured_bytes":12}]}
            """);
        File.WriteAllText(_folder.File("plan.json"), """{"blocks":[{"mode":"layer","codec":"exact"},{"mode":"none"}]}""");
        File.WriteAllText(_folder.File("environment.json"), """{"leantune":"0.1.0","threads":2,"avx512":true}""");

        RunRecord run = RunRecord.Read(_folder.Path);
        RecordedStep step = run.Steps.ShouldHaveSingleItem();
        (step.Step, step.Loss, step.Seconds, step.RealTokens, step.PeakBytes, step.KeptBytes).ShouldBe((1, 2.5, 0.5, 8, 9, 0));
        double.IsNaN(step.GradientNorm).ShouldBeTrue();
        run.Evaluations.ShouldHaveSingleItem()["loss"].ShouldBe(5.5);
        run.Samples.ShouldHaveSingleItem().Text("text").ShouldBe("t");
        run.Notices.ShouldBe(["3 rows were cut"]);
        run.TotalSteps.ShouldBe(3);
        run.MemoryParts.ShouldBe([("kept", 10L, 12L)]);
        run.MemoryWays.ShouldBe([("this run", 3L, 4L)]);
        run.KeptBytesByBlock.ShouldBe([7L, 6L]);
        run.Fidelity.ShouldBe([(0, "block_input", null, 0), (1, "block_input", 3, 0.25)]);
        run.BlockPlans.ShouldBe(["layer, exact", "none"]);
        run.Environment.ShouldBe([("leantune", "0.1.0"), ("threads", "2"), ("avx512", "true")]);
        (run.BrokenLines, run.UnknownEvents.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void Broken_lines_and_unknown_events_are_counted_and_passed_over()
    {
        Write("""
            {"event":"step","step":1,"loss":2}
            {"event":"teleported","step":1}
            [1, 2]
            {"event":7}
            {"event":"teleported"}
            {"event":"step","step":2,"loss":1,"future":{"nested":true}}
            {"event":"step","step":3,"lo
            """.TrimEnd());
        RunRecord run = RunRecord.Read(_folder.Path);
        run.Steps.Select(step => step.Step).ShouldBe([1, 2]);
        run.BrokenLines.ShouldBe(3);
        run.UnknownEvents.ShouldBe([("teleported", 2)]);
    }

    [Fact]
    public void Steps_that_were_recorded_again_count_once()
    {
        Write("""
            {"event":"step","step":1,"loss":9}
            {"event":"step","step":2,"loss":8}
            {"event":"step","step":3,"loss":7}
            {"event":"step","step":2,"loss":6}
            """);
        RunRecord.Read(_folder.Path).Steps.Select(step => (step.Step, step.Loss)).ShouldBe([(1, 9), (2, 6)]);
    }

    [Fact]
    public void A_run_that_has_only_begun_is_a_run()
    {
        Write("");
        RunRecord run = RunRecord.Read(_folder.Path);
        (run.Steps.Count, run.Evaluations.Count, run.TotalSteps, run.Recipe).ShouldBe((0, 0, null, null));
    }

    [Theory]
    [InlineData("metrics.jsonl")]
    [InlineData("plan.json")]
    [InlineData("environment.json")]
    public void Files_of_nonsense_are_no_failure(string name)
    {
        Write("");
        File.WriteAllBytes(_folder.File(name), [0xff, 0xfe, (byte)'{', 0, (byte)'\n', (byte)'[', (byte)'\n']);
        RunRecord.Read(_folder.Path).Steps.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_no_run_folder_is_told_with_where_the_run_is()
    {
        Directory.CreateDirectory(_folder.File("runs/first/adapter"));
        Directory.CreateDirectory(_folder.File("runs/second"));
        foreach (string run in (string[])["first", "second"]) File.WriteAllText(_folder.File($"runs/{run}/metrics.jsonl"), "");

        Refusal("runs").ShouldContain($"it holds the runs '{_folder.File("runs/first")}', '{_folder.File("runs/second")}': name one");
        Refusal("runs/frist").ShouldContain("did you mean 'first'?");
        Refusal("runs/first/adapter").ShouldEndWith($"did you mean '{_folder.File("runs/first")}'?");
        Refusal("runs/first/metrics.jsonl").ShouldContain("is a file");
        Refusal("elsewhere/far").ShouldContain("is not there");
    }

    private string Refusal(string path) => Should.Throw<DirectoryNotFoundException>(() => RunRecord.Read(_folder.File(path))).Message;

    private void Write(string lines) => File.WriteAllText(_folder.File("metrics.jsonl"), lines);
}
