using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Runs that begin with the adapter of another.</summary>
public sealed class ContinuedAdapterTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Training_goes_on_from_an_adapter_folder()
    {
        FineTuneOptions options = _tiny.Options("first", 20);
        (RunFinished first, List<TrainingEvent> firstEvents) = TinyRun.Run(options);
        FineTuneOptions next = options with
        {
            Output = _tiny.Path("second"),
            Adapter = options.Adapter with { ContinueFrom = first.Result },
            Training = options.Training with { Steps = 5 },
        };
        (RunFinished second, List<TrainingEvent> secondEvents) = TinyRun.Run(next);
        using PeftAdapter adapter = PeftFolder.Read(second.Result);
        adapter.Config.Rank.ShouldBe(4);
        double before = firstEvents.OfType<StepCompleted>().First().Loss, goesOn = secondEvents.OfType<StepCompleted>().First().Loss;
        goesOn.ShouldBeLessThan(before - 0.5);
    }

    [Fact]
    public void A_continued_adapter_starts_as_its_folder_has_it()
    {
        FineTuneOptions options = _tiny.Options("first", 5);
        string folder = TinyRun.Run(options).Finished.Result;
        FineTuneOptions next = options with
        {
            Output = _tiny.Path("second"), Adapter = options.Adapter with { ContinueFrom = folder }, Data = options.Data with { Validation = _tiny.Examples },
        };
        using CancellationTokenSource stop = new();
        List<TrainingEvent> events = [];
        RunFinished untouched = new FineTuner(next).Train(
            e =>
            {
                events.Add(e);
                if (e is EvaluationCompleted) stop.Cancel();
            },
            stop.Token);
        untouched.Step.ShouldBe(0);
        TinyRun.AdapterBytes(untouched).ShouldBe(File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors")));
        events.OfType<EvaluationCompleted>().First().Loss.ShouldBe(LossOf(options, folder), 1e-5);
        Math.Abs(LossOf(options, null) - LossOf(options, folder)).ShouldBeGreaterThan(0.1);
    }

    [Fact]
    public void What_a_continued_adapter_cannot_be_is_refused_or_said()
    {
        FineTuneOptions options = _tiny.Options("first", 1);
        options = options with { Adapter = new AdapterOptions { Rank = 4, Alpha = 8, Dropout = 0.25, TargetModules = ["q_proj", "v_proj"], UseRslora = true } };
        string folder = TinyRun.Run(options).Finished.Result;
        int run = 0;
        List<TrainingEvent> Continue(AdapterOptions adapter) => TinyRun.Run(options with { Output = _tiny.Path($"next{run++}"), Adapter = adapter with { ContinueFrom = folder } }).Events;
        foreach ((AdapterOptions adapter, string key, string here, string there) in new[]
        {
            (options.Adapter with { Rank = 16 }, "rank", "16", "4"),
            (options.Adapter with { Alpha = 9.5 }, "alpha", "9.5", "8"),
            (options.Adapter with { TargetModules = ["k_proj"] }, "target_modules", "k_proj", "q_proj"),
        })
        {
            OptionsException error = Should.Throw<OptionsException>(() => Continue(adapter));
            error.Key.ShouldBe($"adapter.{key}");
            error.Message.ShouldContain($"is {here}, but the adapter in '{folder}' has");
            error.Message.ShouldContain(there);
        }

        Continue(options.Adapter).OfType<Notice>().ShouldBeEmpty();
        // Left at their defaults: the folder's values are used, and named.
        List<TrainingEvent> events = Continue(new AdapterOptions());
        string notices = string.Join('\n', events.OfType<Notice>().Select(notice => notice.Message));
        foreach (string part in new[] { "adapter.rank: 4,", "not the default 8", "adapter.alpha: 8,", "adapter.use_rslora: true,", "adapter.target_modules: ", "adapter.dropout: 0, ", "with 0.25" }) notices.ShouldContain(part);
        using PeftAdapter result = PeftFolder.Read(((RunFinished)events[^1]).Result);
        (result.Config.Rank, result.Config.Alpha, result.Config.UseRslora, result.Config.Dropout, result.Factors.Count).ShouldBe((4, 8, true, 0, 4));
    }

    /// <summary>Mean loss over the examples, from the logits of each by itself.</summary>
    private double LossOf(FineTuneOptions options, string? adapter)
    {
        using IDisposable quiet = no_grad();
        using HubFolder hub = HubFolder.Open(_tiny.Model);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32);
        using DecoderAdapter? attached = adapter is null ? null : DecoderAdapter.Load(model, adapter);
        ExampleSet examples = ExampleSet.Load(
            _tiny.Examples, DataFormat.Auto, new TokenizerEncoder(LeanTune.Tokenization.Tokenizer.Load(_tiny.Model)), options.Data.MaxLength, appendEndToken: true);
        double total = 0;
        foreach (TokenizedExample example in examples)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = tensor(example.Ids.Select(id => (long)id).ToArray()).unsqueeze(0); // (1, T)
            using ForwardPass pass = new(model.Config, ids, model.Dtype);
            Tensor likely = nn.functional.log_softmax(model.Logits(model.Forward(ids, pass)), -1); // (T, V)
            for (int at = 1; at < example.Ids.Length; at++)
                if (example.Supervised[at]) total -= likely[at - 1, example.Ids[at]].item<float>();
        }

        return total / examples.Sum(example => example.Supervised.Skip(1).Count(one => one));
    }
}
