using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using LeanTune.ChatTemplates;
using LeanTune.Cli.Recipes;
using LeanTune.Training;
using Spectre.Console.Testing;

namespace LeanTune.Cli.Tests.Commands;

public class EndToEndTests
{
    [Fact]
    public void From_random_weights_to_an_adapter_that_generates()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);

        ToolRun pretrained = Train(folder.File("pretrain.yaml"));
        pretrained.Code.ShouldBe(ExitCode.Done, pretrained.Error);
        pretrained.Output.ShouldContain("step=3/3 loss=");
        pretrained.Output.ShouldContain($"Model:   {folder.File("pre/model")}");

        ToolRun tuned = Train(folder.File("tune.yaml"));
        tuned.Code.ShouldBe(ExitCode.Done, tuned.Error);
        tuned.Output.ShouldContain("before training │ after training");
        tuned.Output.ShouldContain("Sample after training:");
        tuned.Output.ShouldContain("│ plain LoRA");
        Recipe.Load(folder.File("run/recipe.yaml"), []).Stated.Training.Steps.ShouldBe(2);

        ToolRun adapter = ToolRun.Of("inspect", folder.File("run/adapter"));
        adapter.Output.ShouldMatch(@"q_proj +2 +\d\.\d{4} +\d\.\d{4}");

        string[] generate = ["generate", "--model", folder.File("pre/model"), "--adapter", folder.File("run/adapter"), "--prompt", "The ship", "--max-new-tokens", "5"];
        ToolRun once = ToolRun.Of(generate), again = ToolRun.Of(generate);
        once.Code.ShouldBe(ExitCode.Done, once.Error);
        once.Output.ShouldNotBeNullOrWhiteSpace();
        again.Output.ShouldBe(once.Output);

        Train(folder.File("tune.yaml")).Error.ShouldContain("tune.yaml:5:9: output: ");
    }

    [Fact]
    public void Conversations_train_by_the_model_s_chat_template()
    {
        using TemporaryFolder folder = new();
        string[] chat = TinyModel.PrepareConversations(folder);

        ToolRun refused = Train(folder.File("pretrain.yaml"), chat);
        refused.Code.ShouldBe(ExitCode.Data, refused.Output);
        refused.Error.ShouldContain("chat.jsonl:1: holds a conversation, but the model in ");

        ToolRun turns = Train(folder.File("pretrain.yaml"), "data.assistant_turns=last");
        turns.Code.ShouldBe(ExitCode.Usage, turns.Output);
        turns.Error.ShouldContain("data.assistant_turns: there are no conversations in ");

        ToolRun absent = Train(folder.File("pretrain.yaml"), [.. chat, "data.chat_template=absent.jinja"]);
        absent.Code.ShouldBe(ExitCode.Usage, absent.Output);
        absent.Error.ShouldContain("data.chat_template: file or folder not found");

        ToolRun trained = Train(folder.File("pretrain.yaml"), [.. chat, "data.chat_template=chatml.jinja", "training.steps=2", "data.assistant_turns=last"]);
        trained.Code.ShouldBe(ExitCode.Done, trained.Error);
        trained.Output.ShouldContain("step=2/2 loss=");
        Recipe.Load(folder.File("pre/recipe.yaml"), []).Stated.Data.AssistantTurns.ShouldBe(AssistantTurns.Last);
    }

    [Fact]
    public void A_template_s_new_token_is_refused_then_added_and_the_adapter_generates_with_it()
    {
        using TemporaryFolder folder = new();
        string[] chat = TinyModel.PrepareConversations(folder);
        File.WriteAllText(folder.File("tools.jinja"), File.ReadAllText(folder.File("chatml.jinja")).Replace("<|im_start|>", "<|tool|>", StringComparison.Ordinal));
        Train(folder.File("pretrain.yaml")).Code.ShouldBe(ExitCode.Done);
        chat = [.. chat, "data.chat_template=tools.jinja", "data.validation_share=0", "training.compare_memory=false"];

        ToolRun refused = Train(folder.File("tune.yaml"), chat);
        refused.Code.ShouldBe(ExitCode.Data, refused.Output);
        refused.Error.ShouldContain("which the model's tokenizer splits into pieces");
        refused.Error.ShouldContain("data.new_tokens: ['<|tool|>']");

        chat = [.. chat, "data.new_tokens=['<|tool|>']"];
        ToolRun inspected = ToolRun.Of(["inspect", "data", folder.File("tune.yaml"), .. chat.SelectMany(set => new[] { "--set", set })]);
        inspected.Code.ShouldBe(ExitCode.Done, inspected.Error);
        ToolRun trained = Train(folder.File("tune.yaml"), chat);
        trained.Code.ShouldBe(ExitCode.Done, trained.Error);
        (trained.Output + trained.Error).ShouldContain("data.new_tokens: one token is added, with the id 4096; the model's vocabulary grows to 4097");
        Recipe.Load(folder.File("run/recipe.yaml"), []).Stated.Data.NewTokens.ShouldBe(["<|tool|>"]);

        ToolRun adapter = ToolRun.Of("inspect", folder.File("run/adapter"));
        adapter.Output.ShouldContain("trainable_token_indices");
        adapter.Output.ShouldContain("4096");
        ToolRun generated = ToolRun.Of(
            "generate", "--model", folder.File("pre/model"), "--adapter", folder.File("run/adapter"), "--prompt", "<|tool|>user", "--max-new-tokens", "3", "--dtype", "fp32");
        generated.Code.ShouldBe(ExitCode.Done, generated.Error);
    }

    [Fact]
    public void Weighted_sources_in_words_of_a_template_train_after_a_look_at_them()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        File.WriteAllLines(folder.File("films.csv"), ["label,text", .. Enumerable.Range(0, 6).Select(i => $"{i % 2},film {i / 2}")]);
        File.WriteAllLines(folder.File("qa.jsonl"), Enumerable.Range(0, 6).Select(i => $$"""{"question": "{{i}} ships?", "answer": "{{i}}"}"""));
        string[] sources =
        [
            "data.train=[{path: films.csv, weight: 0.5, label_names: {0: bad, 1: good}}, {path: qa.jsonl, prompt: 'Q: {question}', completion: ' {answer}'}]",
            "data.validation_share=0", "training.batch_size=3", "training.steps=null", "data.validation={path: films.csv}",
        ];

        ToolRun trained = Train(folder.File("pretrain.yaml"), sources);

        trained.Code.ShouldBe(ExitCode.Done, trained.Error);
        // Half of six and all of six are nine: three batches of three in the one epoch.
        trained.Output.ShouldContain("step=3/3 loss=");
        Recipe.Load(folder.File("pre/recipe.yaml"), []).Stated.Data.Train.Select(source => source.Weight).ShouldBe([0.5, 1]);
    }

    [Fact]
    public void A_run_that_cannot_be_right_is_stopped_and_warnings_are_told_once()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        File.WriteAllLines(folder.File("same.jsonl"), Enumerable.Repeat("""{"prompt": "a", "completion": " b"}""", 3));
        string[] same = ["data.train=same.jsonl", "data.validation_share=0", "training.steps=2"];

        string told = Train(folder.File("pretrain.yaml"), same).Output;
        told.Split("2 of 3 training examples repeat another").Length.ShouldBe(2);

        string config = folder.File("base/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"vocab_size\": 4096", "\"vocab_size\": 8", StringComparison.Ordinal));
        ToolRun stopped = Train(folder.File("pretrain.yaml"), [.. same, $"output={folder.File("other")}"]);
        stopped.Code.ShouldBe(ExitCode.Data);
        stopped.Error.ShouldContain("but the model knows 8 tokens: tokenizer and model do not belong together");
    }

    [Theory]
    [InlineData("--temperature=-1", "--temperature: expected 0 or a number above")]
    [InlineData("--top-p=0", "--top-p: expected a share above 0 and at most 1")]
    [InlineData("--max-new-tokens=0", "--max-new-tokens: expected at least 1")]
    public void Sampling_out_of_range_is_a_usage_error(string argument, string expected)
    {
        ToolRun run = ToolRun.Of("generate", "--model", "x", "--prompt", "y", argument);

        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain(expected);
    }

    [Fact]
    public void An_empty_prompt_is_a_usage_error()
    {
        ToolRun run = ToolRun.Of("generate", "--model", "x", "--prompt", "");

        run.Code.ShouldBe(ExitCode.Usage);
        run.Error.ShouldContain("the prompt is empty");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_finishes_the_step_saves_and_says_how_to_go_on(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        using Process tool = Start(folder.File("pretrain.yaml"), "training.steps=100000");
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(5));
        using CancellationTokenRegistration giveUp = patience.Token.Register(tool.Kill);
        Task<string> error = tool.StandardError.ReadToEndAsync();
        string output = "";
        while (await tool.StandardOutput.ReadLineAsync() is { } line)
        {
            output += line + "\n";
            if (line.StartsWith("step=1/", StringComparison.Ordinal))
                await Process.Start("kill", [$"-{signal}", $"{tool.Id}"]).WaitForExitAsync();
        }
        await tool.WaitForExitAsync();

        tool.ExitCode.ShouldBe(ExitCode.Interrupted, output + await error);
        output.ShouldContain("Stopping: this step is finished and everything saved.");
        output.ShouldContain("--set training.steps=100000 --set training.resume=true");
        Directory.GetDirectories(folder.File("pre/checkpoints")).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Killed_amid_writing_a_checkpoint_it_goes_on_from_the_one_before()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals have other numbers elsewhere");
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        string[] often = ["training.steps=60", "training.save_every=1"];
        using Process tool = Start(folder.File("pretrain.yaml"), often);
        Task<string> output = tool.StandardOutput.ReadToEndAsync(), error = tool.StandardError.ReadToEndAsync();
        string checkpoints = folder.File("pre/checkpoints");
        string[] Folders(string pattern) => Directory.Exists(checkpoints) ? Directory.GetDirectories(checkpoints, pattern) : [];
        string? half = null;
        while (half is null && !tool.HasExited)
        {
            if (Folders("step-*").Length == 0 || Folders(".writing-*").Length == 0) continue;
            // Held still, so that the folder that was seen is there when the end comes.
            _ = kill(tool.Id, Stop);
            Thread.Sleep(20);
            half = Folders(".writing-*").FirstOrDefault();
            _ = kill(tool.Id, half is null ? Continue : Kill);
        }

        await tool.WaitForExitAsync();
        half.ShouldNotBeNull($"no checkpoint was seen while it was written: {await output}{await error}");
        string before = Folders("step-*").Max(StringComparer.Ordinal)!;
        int step = int.Parse(before[^8..], System.Globalization.CultureInfo.InvariantCulture);
        Directory.Exists(half).ShouldBeTrue();

        ToolRun resumed = Train(folder.File("pretrain.yaml"), [.. often, "training.resume=true"]);
        resumed.Code.ShouldBe(ExitCode.Done, resumed.Error);
        resumed.Output.ShouldContain($"going on with step {step + 1}");
        Folders("*").Select(Path.GetFileName).ShouldBe(["step-00000060"]);
        Train(folder.File("pretrain.yaml"), [.. often, $"output={folder.File("straight")}"]).Code.ShouldBe(ExitCode.Done);
        File.ReadAllBytes(folder.File("pre/model/model.safetensors")).ShouldBe(File.ReadAllBytes(folder.File("straight/model/model.safetensors")));
    }

    /// <summary>In a process of its own: what libtorch allocates once must be counted neither as the model's nor as an activation.</summary>
    [Fact]
    public async Task Memory_is_measured_as_it_was_expected()
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        using Process tool = Start(folder.File("pretrain.yaml"));
        string output = await tool.StandardOutput.ReadToEndAsync(), error = await tool.StandardError.ReadToEndAsync();
        await tool.WaitForExitAsync();

        tool.ExitCode.ShouldBe(ExitCode.Done, error);
        output.ShouldNotContain("please report it");
        JsonElement measured = File.ReadLines(folder.File("pre/metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Single(line => line.GetProperty("event").GetString() == "memory_measured");
        JsonElement[] parts = [.. measured.GetProperty("parts").EnumerateArray()];
        parts.Select(part => part.GetProperty("name").GetString()).ShouldBe(["weights, adapters, gradients, optimizer", "kept activations", "activation peak", "whole process"]);
        // The last is nearly all .NET and libtorch here, which are known to a fifth only.
        foreach (JsonElement part in parts.SkipLast(1))
        {
            (long expected, long actual) = (part.GetProperty("expected_bytes").GetInt64(), part.GetProperty("measured_bytes").GetInt64());
            new MeasuredPart("", expected, actual).Deviates.ShouldBeFalse($"{part}");
        }
    }

    private const int Kill = 9, Continue = 18, Stop = 19;

    [DllImport("libc")]
    private static extern int kill(int process, int signal);

    private static Process Start(string recipe, params string[] overrides)
    {
        ProcessStartInfo start = new(OperatingSystem.IsLinux() ? "env" : "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        // What a shell starts in the background ignores SIGINT, and so do its children.
        if (OperatingSystem.IsLinux()) foreach (string word in (string[])["--default-signal=INT", "dotnet"]) start.ArgumentList.Add(word);
        foreach (string argument in (string[])["exec", typeof(CommandLine).Assembly.Location, "train", recipe, .. overrides.SelectMany(set => new[] { "--set", set })])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static ToolRun Train(string recipe, params string[] overrides)
    {
        using TestConsole console = new TestConsole().Width(80);
        using StringWriter error = new();
        int code = CommandLine.Run(["train", recipe, .. overrides.SelectMany(set => new[] { "--set", set })], console, error, (options, observer, cancel) => new FineTuner(options).Run(observer, cancel));
        return new(code, console.Output, error.ToString());
    }
}
