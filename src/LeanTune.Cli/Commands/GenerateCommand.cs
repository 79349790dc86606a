using System.CommandLine;
using LeanTune.Cli.Commands.Generate;
using LeanTune.Cli.Display;
using LeanTune.Cli.Hub;
using LeanTune.Generation;
using LeanTune.Native;
using LeanTune.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands;

/// <summary><c>leantune generate</c>: continues a prompt with a model, and an adapter where one is given, and prints the text as it is written.</summary>
internal static class GenerateCommand
{
    public static (Command Command, string Examples) Create(IAnsiConsole console, TextWriter error, Func<ParseResult, HubFiles> hub)
    {
        SamplingOptions defaults = new();
        Option<string> model = new("--model") { Description = "Model folder, or a model of the hub: owner/name.", HelpName = "MODEL", Required = true };
        Option<string?> adapter = new("--adapter") { Description = "PEFT adapter folder to put on the model, or an adapter of the hub.", HelpName = "DIR" };
        Option<string?> prompt = new("--prompt") { Description = "Text to continue. Without it the text is read from standard input.", HelpName = "TEXT" };
        Option<int> tokens = new("--max-new-tokens") { Description = "Most tokens to write.", HelpName = "N", DefaultValueFactory = _ => defaults.MaxNewTokens };
        Option<double> temperature = new("--temperature") { Description = "0 takes the likeliest token each time.", HelpName = "T", DefaultValueFactory = _ => defaults.Temperature };
        Option<double> topP = new("--top-p") { Description = "Sample from the smallest set of tokens with this share of the probability.", HelpName = "P", DefaultValueFactory = _ => defaults.TopP };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same text.", HelpName = "S", DefaultValueFactory = _ => defaults.Seed };
        Option<WeightType> dtype = new("--dtype") { Description = "Type of the weights in memory. Auto is bf16 where the processor is fast at it.", HelpName = "auto|fp32|bf16", DefaultValueFactory = _ => WeightType.Auto };
        Command command = new("generate", "Continue a text with a model and its adapter.") { model, adapter, prompt, tokens, temperature, topP, seed, dtype };
        command.SetAction(parsed =>
        {
            SamplingOptions options = new()
            {
                MaxNewTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature),
                TopP = parsed.GetValue(topP),
                Seed = parsed.GetValue(seed),
            };
            Check(options);
            ScalarType type = parsed.GetValue(dtype) switch
            {
                WeightType.Fp32 => ScalarType.Float32,
                WeightType.Bf16 => ScalarType.BFloat16,
                _ => CpuFeatures.HasBf16Products ? ScalarType.BFloat16 : ScalarType.Float32,
            };
            string text = parsed.GetValue(prompt) ?? Piped();
            if (text.Length == 0)
                throw new UsageException("leantune: there is nothing to continue: the prompt is empty.");
            HubFiles files = hub(parsed);
            string? fitted = parsed.GetValue(adapter) is { } given ? files.Model(given) : null;
            using GenerationModel loaded = GenerationModel.Load(files.Model(parsed.GetRequiredValue(model)), fitted, type, notice => error.WriteLine($"note: {SafeText.Of(notice)}"));
            return Run(console, loaded, text, options);
        });
        return (command, """
            leantune generate --model models/SmolLM2-135M --adapter runs/mine/adapter --prompt "Once upon a time"
            leantune generate --model HuggingFaceTB/SmolLM2-135M --temperature 0 < prompt.txt
            """);
    }

    private static int Run(IAnsiConsole console, GenerationModel model, string prompt, SamplingOptions options)
    {
        TextWriter output = console.Profile.Out.Writer;
        bool terminal = console.Profile.Out.IsTerminal;
        using Interruption interruption = new(static () => { });
        // A reader wants the whole text before their eyes; a program wants what was generated, character for character.
        if (terminal)
            output.Write(SafeText.Of(prompt));
        new TextGenerator(model.Decoder, model.Tokenizer).Generate(prompt, options, piece =>
        {
            output.Write(terminal ? SafeText.Of(piece) : piece);
            output.Flush();
        }, interruption.Token);
        output.WriteLine();
        return interruption.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static string Piped()
    {
        if (!Console.IsInputRedirected)
            throw new UsageException("leantune: give the text to continue with --prompt TEXT, or pipe it in.");
        string text = Console.In.ReadToEnd();
        // The line's end that echo and editors add is no part of the prompt.
        return text.EndsWith('\n') ? text[..^1].TrimEnd('\r') : text;
    }

    private static void Check(SamplingOptions options)
    {
        Require(options.MaxNewTokens >= 1, "--max-new-tokens: expected at least 1");
        Require(options.Temperature >= 0 && double.IsFinite(options.Temperature), "--temperature: expected 0 or a number above");
        Require(options.TopP is > 0 and <= 1, "--top-p: expected a share above 0 and at most 1");
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
            throw new UsageException($"leantune: {problem}.");
    }
}
