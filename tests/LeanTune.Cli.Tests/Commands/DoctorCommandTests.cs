using System.Diagnostics;
using LeanTune.Native;
using LeanTune.Cli.Commands;
using LeanTune.Cli.Commands.Doctor;

namespace LeanTune.Cli.Tests.Commands;

public class DoctorCommandTests
{
    [Fact]
    public void This_machine_loads_libtorch()
    {
        ToolRun run = ToolRun.Of("doctor");

        run.Code.ShouldBe(ExitCode.Done, run.Output);
        run.Output.ShouldContain("TorchSharp 0.107.0, libtorch 2.10.0");
        run.Output.ShouldMatch(@"(?m)^ok\s+memory\s+\d");
    }

    [Theory]
    [InlineData(null, "1000")]
    [InlineData("77", "77")]
    public async Task OpenMP_waits_briefly_unless_the_user_says_otherwise(string? given, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch has another OpenMP there");
        ProcessStartInfo start = new("dotnet") { ArgumentList = { "exec", typeof(CommandLine).Assembly.Location, "doctor" }, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_DISPLAY_ENV"] = "verbose"; // it then prints its settings when it is loaded
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment.Remove("GOMP_SPINCOUNT");
        if (given is not null) start.Environment["GOMP_SPINCOUNT"] = given;

        using Process tool = Process.Start(start)!;
        Task<string> output = tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string printed = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        tool.ExitCode.ShouldBe(ExitCode.Done, await output + printed);
        printed.ShouldContain($"GOMP_SPINCOUNT = '{expected}'");
    }

    [Fact]
    public void The_loading_fix_is_seen_where_it_is_applied_and_where_it_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the fix is one of Linux");
        ToolRun.Of("doctor").Output.ShouldMatch(@"(?m)^ok\s+loading fix\s+applied; this system (needs it|could do without) \(.*libLibTorchSharp\.so\)");

        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string original = Path.Combine(packages, "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(original), "needs the package's own library to compare with");
        byte[] library = File.ReadAllBytes(original);
        LoadingFix.Requires(library).ShouldBe(true);
        LoadingFix.Requires(library.AsSpan(0, library.Length / 2)).ShouldBeNull();
        LoadingFix.Requires("no library"u8).ShouldBeNull();
    }

    [Fact]
    public void Something_broken_fails_and_says_what_mends_it()
    {
        using StringWriter output = new();

        int code = DoctorCommand.Run(output, [new("one", "fine"), new("two", "does not load", Broken: true, Fix: "build again.")]);

        code.ShouldBe(ExitCode.Failed);
        output.ToString().ReplaceLineEndings("\n").ShouldBe("ok      one  fine\nBROKEN  two  does not load\n\ntwo: build again.\n");
    }

    [Fact]
    public void Processor_features_agree_with_the_kernel()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo") && System.Runtime.Intrinsics.X86.X86Base.IsSupported, "needs Linux on x86 to compare with");
        string flags = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)) + " ";

        // Older kernels do not list amx.
        foreach ((string name, bool present) in Processor.Features().Where(feature => !feature.Name.StartsWith("amx", StringComparison.Ordinal)))
            flags.Contains($" {name} ", StringComparison.Ordinal).ShouldBe(present, name);
    }

    [Fact]
    public void Memory_is_plausible()
    {
        MachineMemory memory = MachineMemory.Read();

        memory.Total.ShouldBeGreaterThan(100_000_000);
        (memory.Available ?? memory.Total).ShouldBeInRange(1, memory.Total);
    }
}
