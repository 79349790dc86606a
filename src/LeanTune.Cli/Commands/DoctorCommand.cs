using System.CommandLine;
using LeanTune.Cli.Commands.Doctor;
using LeanTune.Cli.Display;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune doctor</c>: says whether this machine can run LeanTune, what it has, and how to mend what is broken.</summary>
internal static class DoctorCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console)
    {
        Command command = new("doctor", "Check this machine: does libtorch load, versions, processor features, memory, disk. Exits with 1 when something is broken.");
        command.SetAction(_ => Run(console.Profile.Out.Writer, [.. MachineChecks.All()]));
        return (command, "leantune doctor");
    }

    /// <summary>Prints the findings and what mends them.</summary>
    internal static int Run(TextWriter output, IReadOnlyList<Finding> findings)
    {
        AlignedLines.Write(output, [.. findings.Select(finding => new[] { finding.Broken ? "BROKEN" : "ok", finding.Name, finding.Text })]);
        foreach (Finding broken in findings.Where(finding => finding.Fix is not null))
            output.WriteLine($"{Environment.NewLine}{broken.Name}: {broken.Fix}");
        return findings.Any(finding => finding.Broken) ? ExitCode.Failed : ExitCode.Done;
    }
}
