using System.Diagnostics;

namespace LeanTune.Tests.Packaging;

/// <summary>Runs the dotnet command and other programs as a user would, leaving no build server behind.</summary>
internal static class DotNet
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>The configuration this test project was built with: what is packed is what was built beside it.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>Runs <c>dotnet</c>.</summary>
    /// <param name="folder">Current directory of the process.</param>
    /// <param name="packages">Where restored packages go, or null for the machine's own folder.</param>
    /// <param name="arguments">Arguments of dotnet.</param>
    public static ProcessResult Run(string folder, string? packages, params string[] arguments) =>
        Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", folder, packages, arguments);

    /// <summary>Runs a program and waits for its end.</summary>
    /// <exception cref="TimeoutException">It did not end; it was stopped.</exception>
    public static ProcessResult Run(string program, string folder, string? packages, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        if (packages is not null) start.Environment["NUGET_PACKAGES"] = packages;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} did not end within {s_patience}.");
        }

        return new ProcessResult(process.ExitCode, output.Result + errors.Result);
    }
}

/// <summary>How a program ended and what it printed.</summary>
internal sealed record ProcessResult(int ExitCode, string Output)
{
    /// <summary>The output of a program that must have succeeded.</summary>
    public string Succeeded()
    {
        ExitCode.ShouldBe(0, Output);
        return Output;
    }
}

/// <summary>Tests that build projects run alone.</summary>
[CollectionDefinition(nameof(BuildCollection), DisableParallelization = true)]
public class BuildCollection;
