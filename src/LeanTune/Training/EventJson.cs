using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>The record schema of metrics.jsonl, environment.json and plan.json. Bytes, seconds and tokens are plain numbers.</summary>
internal static class EventJson
{
    /// <summary>Writes an event's members; the first, <c>event</c>, says which.</summary>
    public static void Write(Utf8JsonWriter json, TrainingEvent e)
    {
        switch (e)
        {
            case StepCompleted step:
                json.WriteString("event", "step");
                json.WriteNumber("step", step.Step);
                json.WriteNumber("loss", step.Loss);
                json.WriteNumber("learning_rate", step.LearningRate);
                json.WriteNumber("gradient_norm", step.GradientNorm);
                json.WriteNumber("supervised_tokens", step.SupervisedTokens);
                json.WriteNumber("real_tokens", step.RealTokens);
                json.WriteNumber("padded_tokens", step.PaddedTokens);
                json.WriteNumber("seconds", step.Seconds);
                json.WriteNumber("kept_bytes", step.KeptBytes);
                json.WriteNumber("peak_bytes", step.PeakBytes);
                json.WriteNumber("live_bytes", step.LiveBytes);
                break;
            case RunStarted started:
                json.WriteString("event", "run");
                json.WriteString("model", started.Model);
                json.WriteString("plan", started.Plan);
                json.WriteString("device", started.Device);
                json.WriteNumber("total_steps", started.TotalSteps);
                json.WriteNumber("parameters", started.Parameters);
                json.WriteNumber("trainable_parameters", started.TrainableParameters);
                json.WriteNumber("train_examples", started.TrainExamples);
                json.WriteNumber("validation_examples", started.ValidationExamples);
                break;
            case ActivationsKept kept:
                json.WriteString("event", "activations");
                json.WriteStartArray("blocks");
                foreach (IGrouping<int, SavedBytesEntry> block in kept.Entries.GroupBy(entry => entry.Block))
                {
                    json.WriteStartObject();
                    json.WriteNumber("block", block.Key);
                    json.WriteStartObject("kept_bytes");
                    foreach (SavedBytesEntry entry in block) json.WriteNumber(entry.Kind, entry.Bytes);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                WriteFidelity(json, kept.Fidelity);
                break;
            case EvaluationCompleted evaluation:
                json.WriteString("event", "evaluation");
                json.WriteNumber("step", evaluation.Step);
                json.WriteNumber("loss", evaluation.Loss);
                json.WriteNumber("supervised_tokens", evaluation.SupervisedTokens);
                json.WriteNumber("seconds", evaluation.Seconds);
                foreach ((string name, double score) in evaluation.Scores) json.WriteNumber(name, score);
                break;
            case SampleGenerated sample:
                json.WriteString("event", "sample");
                json.WriteNumber("step", sample.Step);
                json.WriteString("prompt", sample.Prompt);
                json.WriteString("text", sample.Text);
                break;
            case MemoryCompared memory:
                json.WriteString("event", "memory");
                json.WriteStartArray("rows");
                foreach (MemoryRow row in memory.Rows)
                {
                    json.WriteStartObject();
                    json.WriteString("name", row.Name);
                    json.WriteNumber("kept_bytes", row.KeptBytes);
                    json.WriteNumber("peak_bytes", row.PeakBytes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case MemoryMeasured measured:
                json.WriteString("event", measured.Finished ? "memory_measured" : "memory_tried");
                if (measured.BudgetBytes is { } budget) json.WriteNumber("budget_bytes", budget);
                json.WriteStartArray("parts");
                foreach (MeasuredPart part in measured.Parts)
                {
                    json.WriteStartObject();
                    json.WriteString("name", part.Name);
                    json.WriteNumber("expected_bytes", part.ExpectedBytes);
                    json.WriteNumber("measured_bytes", part.MeasuredBytes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case Notice notice:
                json.WriteString("event", "notice");
                if (notice.Step is { } noted) json.WriteNumber("step", noted);
                json.WriteString("message", notice.Message);
                break;
            default:
                throw new ArgumentException($"{e.GetType().Name} is not recorded.", nameof(e));
        }
    }

    private static void WriteFidelity(Utf8JsonWriter json, IReadOnlyList<SavedFidelity> fidelity)
    {
        if (fidelity.Count == 0) return;
        json.WriteStartArray("fidelity");
        foreach (SavedFidelity saved in fidelity)
        {
            json.WriteStartObject();
            json.WriteNumber("block", saved.Site.Block);
            json.WriteString("role", JsonNamingPolicy.SnakeCaseLower.ConvertName(saved.Site.Role.ToString()));
            if (saved.Rank is { } rank) json.WriteNumber("rank", rank);
            if (double.IsFinite(saved.LostEnergy)) json.WriteNumber("lost_energy", saved.LostEnergy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What the run ran on: versions, processor, threads.</summary>
    public static void WriteEnvironment(Utf8JsonWriter json)
    {
        json.WriteString("leantune", typeof(EventJson).Assembly.GetName().Version?.ToString(3));
        json.WriteString("dotnet", RuntimeInformation.FrameworkDescription);
        json.WriteString("torchsharp", typeof(Tensor).Assembly.GetName().Version?.ToString(3));
        json.WriteString("system", RuntimeInformation.OSDescription);
        json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("threads", get_num_threads());
        json.WriteBoolean("avx512", CpuFeatures.HasAvx512);
        json.WriteBoolean("bf16_products", CpuFeatures.HasBf16Products);
        json.WriteString("started", DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture));
    }

    /// <summary>How each block ran.</summary>
    public static void WritePlan(Utf8JsonWriter json, ActivationPlan plan)
    {
        json.WriteStartArray("blocks");
        foreach (LayerPlan layer in plan.Layers)
        {
            json.WriteStartObject();
            json.WriteString("mode", layer.Mode.ToString().ToLowerInvariant());
            if (layer.Mode != ActivationMode.None) json.WriteString("codec", layer.Codec.ToString());
            if (layer.JoinsBefore) json.WriteBoolean("joins_before", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
