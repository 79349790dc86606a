using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands.Doctor;

/// <summary>Tries what every run does first: load libtorch, and multiply two matrices.</summary>
internal static class LibTorchCheck
{
    /// <summary>Whether it works, and else how to mend it.</summary>
    public static Finding Run()
    {
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            using DisposeScope scope = NewDisposeScope();
            // Ones and twos over 64 terms: 128 in every place, exactly.
            Tensor product = ones(64, 64).matmul(full(64, 64, 2.0f));
            bool right = product.eq(128).all().item<bool>();
            string text = string.Create(CultureInfo.InvariantCulture,
                $"loads in {watch.Elapsed.TotalSeconds:0.0} s, TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}, libtorch {__version__}, {get_num_threads()} threads");
            return right
                ? new("libtorch", text)
                : new("libtorch", $"{text}, but a matrix product is wrong", Broken: true, Fix: "the processor or the installed libtorch is faulty; restore the packages again.");
        }
        // Whatever the loader throws is a finding.
        catch (Exception e)
        {
            return new("libtorch", "does not load", Broken: true, Fix: $"{Innermost(e).Message.Trim()}{Environment.NewLine}{Advice}");
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    private static string Advice =>
        OperatingSystem.IsLinux()
            ? "Delete the project's bin and obj folders and build again: build/LeanTune.targets then puts a libLibTorchSharp.so in place that older libstdc++ can load.\n"
              + "A program of your own also needs one of the packages TorchSharp-cpu or TorchSharp-cuda-linux. Systems with musl (Alpine) are not supported by libtorch."
        : OperatingSystem.IsWindows()
            ? "Install the Visual C++ runtime (vc_redist.x64.exe). A program of your own also needs one of the packages TorchSharp-cpu or TorchSharp-cuda-windows."
        : "libtorch for macOS needs Apple silicon (arm64). A program of your own also needs the package TorchSharp-cpu.";
}
