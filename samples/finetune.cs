#:project ../src/LeanTune/LeanTune.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
// Fine-tunes the bundled model on the bundled text, from one file: dotnet run samples/finetune.cs
using LeanTune.Data;
using LeanTune.Training;

FineTuneOptions options = new()
{
    Model = new ModelOptions { Path = "models/tiny-llama" },
    Data = new DataOptions { Train = "recipes/data/moby-dick.txt", MaxLength = 128, ValidationShare = 0.02 },
    Training = new TrainingOptions { Steps = 30, BatchSize = 4 },
    Output = args.Length > 0 ? args[0] : "runs/finetune",
};
await foreach (TrainingEvent happened in new FineTuner(options).RunAsync())
{
    if (happened is StepCompleted step) Console.WriteLine($"step {step.Step}: loss {step.Loss:0.000}");
    if (happened is EvaluationCompleted held) Console.WriteLine($"held-out loss {held.Loss:0.000}");
    if (happened is RunFinished end) Console.WriteLine($"adapter in {end.Result}");
}
