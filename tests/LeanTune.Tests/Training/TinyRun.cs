using LeanTune.Activations;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>A model, examples and room for run folders below one temporary folder, and the options of a run on them.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRun()
    {
        Model = TinyModel.Write(_folder.File("model"));
        Examples = _folder.File("train.jsonl");
        WriteExamples(Examples, 12);
    }

    public string Model { get; }

    public string Examples { get; }

    public string Path(string name) => _folder.File(name);

    /// <summary>Completions of very unequal length: token-correct accumulation shows.</summary>
    public static void WriteExamples(string path, int count) =>
        File.WriteAllLines(path, Enumerable.Range(0, count).Select(i =>
            $$"""{"prompt": "Question {{i}}: what follows? ", "completion": "{{string.Join(' ', Enumerable.Repeat("the answer", 1 + (i * i % 7)))}} {{i}}."}"""));

    public FineTuneOptions Options(string output, int steps) => new()
    {
        Model = new ModelOptions { Path = Model, Dtype = WeightType.Fp32 },
        Data = new DataOptions { Train = Examples, MaxLength = 64 },
        Adapter = new AdapterOptions { Rank = 4, Alpha = 8 },
        Activations = new ActivationOptions { Mode = ActivationMode.Layer, Codec = ActivationCodecName.LowRank, Rank = "8" },
        Optimizer = new OptimizerOptions { LearningRate = 1e-2 },
        Training = new TrainingOptions { Steps = steps, BatchSize = 4, Seed = 3 },
        Output = Path(output),
    };

    /// <summary>Runs to the end.</summary>
    public static (RunFinished Finished, List<TrainingEvent> Events) Run(FineTuneOptions options)
    {
        List<TrainingEvent> events = [];
        RunFinished finished = new FineTuner(options).Run(events.Add);
        return (finished, events);
    }

    /// <summary>Runs and asks to stop as soon as a step is done; without the event thread, so that it stops right there.</summary>
    public static RunFinished RunUntil(FineTuneOptions options, int step)
    {
        using CancellationTokenSource stop = new();
        return new FineTuner(options).Train(
            e =>
            {
                if (e is StepCompleted done && done.Step == step) stop.Cancel();
            },
            stop.Token);
    }

    /// <summary>Runs and dies, saving nothing, as soon as a step is done.</summary>
    public static void RunAndDieAfter(FineTuneOptions options, int step) =>
        Should.Throw<TimeoutException>(() => new FineTuner(options).Train(
            e =>
            {
                if (e is StepCompleted done && done.Step == step) throw new TimeoutException("killed");
            },
            default));

    public static byte[] AdapterBytes(RunFinished finished) => File.ReadAllBytes(System.IO.Path.Combine(finished.Result, "adapter_model.safetensors"));

    public void Dispose() => _folder.Dispose();
}
