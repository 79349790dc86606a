using System.CommandLine;
using LeanTune.Checkpoints;
using LeanTune.Cli.Display;
using Spectre.Console;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune import MODEL.gguf DIR</c>: makes a model folder of a GGUF file.</summary>
internal static class ImportCommand
{
    private static readonly Dictionary<string, ScalarType> s_types = new()
    {
        ["fp32"] = ScalarType.Float32,
        ["bf16"] = ScalarType.BFloat16,
        ["fp16"] = ScalarType.Float16,
    };

    public static (Command Command, string Examples) Create(IAnsiConsole console)
    {
        Argument<string> file = PathArgument.Create("MODEL.gguf", "The GGUF file.");
        Argument<string> folder = PathArgument.Create("DIR", "The model folder to make; it must not exist or be empty.");
        Option<string?> dtype = new("--dtype") { Description = "Type of the weights: fp32, bf16 or fp16. By default every value stays exact.", HelpName = "TYPE" };
        dtype.Validators.Add(result =>
        {
            string written = result.Tokens[0].Value;
            if (!s_types.ContainsKey(written))
                result.AddError($"--dtype: expected one of {string.Join(", ", s_types.Keys)}; found '{written}'{NearestSpelling.Hint(written, s_types.Keys)}");
        });
        Command command = new("import", "Make a model folder (safetensors, configuration, tokenizer) of a GGUF file.") { file, folder, dtype };
        command.SetAction(parsed => Run(
            console.Profile.Out.Writer, parsed.GetRequiredValue(file), parsed.GetRequiredValue(folder), parsed.GetValue(dtype) is { } name ? s_types[name] : null));
        return (command, """
            leantune import SmolLM2-135M-Instruct.Q4_1.gguf models/SmolLM2-135M-Instruct
            leantune import model.gguf models/model --dtype bf16
            """);
    }

    private static int Run(TextWriter output, string file, string folder, ScalarType? dtype)
    {
        GgufImporter.Import(file, folder, dtype, line =>
        {
            output.WriteLine(SafeText.Of(line));
            output.Flush();
        });
        output.WriteLine($"Model folder: {folder}");
        output.WriteLine("To look at it:");
        output.WriteLine($"  {NextCommand.Inspect(folder)}");
        return ExitCode.Done;
    }
}
