using System.Globalization;
using System.Text;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Evaluation;
using LeanTune.Metrics;
using LeanTune.Native;
using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>Refuses options that no run can follow, before anything is loaded: values out of range and settings that contradict each other.</summary>
public static class OptionsValidation
{
    /// <summary>Checks every value and combination that can be judged without reading a file.</summary>
    /// <exception cref="OptionsException">The first option that cannot be used.</exception>
    public static void Validate(this FineTuneOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options.Model, options.Adapter);
        if (options.Memory is { } memory) Check(memory, options.Training);
        Check(options.Data);
        Check(options.Adapter);
        Check(options.Activations);
        Check(options.Optimizer);
        Check(options.Schedule, options.Training);
        Check(options.Training, options.Data);
        Check(options.Evaluation);
        Check(options.Metrics);
        if (options.Sample is { } sample)
            Check(sample);
        Filled("output", options.Output);
    }

    private static void Check(ModelOptions model, AdapterOptions adapter)
    {
        Filled("model.path", model.Path);
        if (model.HubId is { } id)
            Filled("model.hub_id", id);
        Require(model.Start != WeightStart.Random || adapter.Method == TrainingMethod.Full, "model.start",
            "random weights can only be trained whole: set adapter.method to full, or start from the pretrained weights");
        Require(model.Dtype != WeightType.Bf16 || adapter.Method != TrainingMethod.Full, "model.dtype",
            "all weights are trained in fp32: use auto or fp32 with adapter.method full");
    }

    private static void Check(string memory, TrainingOptions training)
    {
        Require(MemoryBudget.TryParse(memory, MachineMemory.Read(), out _), "memory", $"expected {MemoryBudget.Expected}", $"'{memory}'");
        Require(!training.CompareMemory, "training.compare_memory", "it measures plain LoRA, which a memory budget is there to avoid: leave one of the two out");
    }

    private static void Check(DataOptions data)
    {
        Check("data.train", data.Train);
        if (data.Validation is { } validation)
        {
            Check("data.validation", validation);
            Require(validation.All(source => source.Weight == 1), "data.validation", "every held-out example counts once: leave the weights out");
        }

        if (data.ChatTemplate is { } template)
            Filled("data.chat_template", template);
        CheckNewTokens(data.NewTokens);
        Require(data.ValidationShare is >= 0 and < 1, "data.validation_share", "expected a share from 0 to below 1", data.ValidationShare);
        Require(data.Validation is null || data.ValidationShare == 0, "data.validation_share",
            "held-out examples come from data.validation or from a share of data.train, not from both");
        Require(data.MaxLength >= 2, "data.max_length", "expected at least 2 tokens, one to read and one to predict", data.MaxLength);
        Require(data.MaxValidationExamples is null or >= 1, "data.max_validation_examples", "expected at least 1, or null for all", data.MaxValidationExamples);
    }

    private static void CheckNewTokens(IReadOnlyList<string> tokens)
    {
        const string key = "data.new_tokens";
        const int most = 1000;
        Require(tokens.Count <= most, key, string.Create(CultureInfo.InvariantCulture, $"expected at most {most} tokens: they are looked for one by one, and each is trained"), tokens.Count);
        foreach (string token in tokens)
        {
            Filled(key, token);
            Require(token.AsSpan().Trim().Length == token.Length, key, "expected tokens without blanks around them", $"'{token}'");
            Require(token.EnumerateRunes().All(rune => rune != Rune.ReplacementChar), key, "expected valid Unicode text");
        }

        if (tokens.GroupBy(token => token, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new OptionsException(key, $"'{twice.Key}' is there twice");
    }

    private static void Check(string key, DataSources sources)
    {
        Require(sources.Count > 0, key, "expected at least one source; found an empty list");
        for (int i = 0; i < sources.Count; i++)
        {
            string place = sources.Count == 1 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]");
            Filled(place, sources[i].Path);
            if (SourceRules.Problem(sources[i]) is var (name, problem))
                throw new OptionsException($"{place}.{name}", problem);
        }
    }

    private static void Check(AdapterOptions adapter)
    {
        Require(adapter.Rank >= 1, "adapter.rank", "expected at least 1", adapter.Rank);
        Require(adapter.Alpha > 0 && double.IsFinite(adapter.Alpha), "adapter.alpha", "expected a number above 0", adapter.Alpha);
        Require(adapter.Dropout is >= 0 and < 1, "adapter.dropout", "expected a share from 0 to below 1", adapter.Dropout);
        Require(adapter.TargetModules.Count > 0, "adapter.target_modules", "expected all-linear, module names or one regular expression; found an empty list");
        foreach (string module in adapter.TargetModules)
            Filled("adapter.target_modules", module);
        Require(adapter.TargetModules.Count == 1 || !adapter.TargetModules.Contains("all-linear"), "adapter.target_modules",
            "all-linear already means every linear layer: leave the other names out");
        if (adapter.ContinueFrom is { } folder)
        {
            Filled("adapter.continue_from", folder);
            Require(adapter.Method == TrainingMethod.Lora, "adapter.continue_from", "an adapter folder cannot be continued with adapter.method full");
        }
    }

    private static void Check(ActivationOptions activations)
    {
        Require(activations.Codec is null || activations.Fidelity is null, "activations.codec",
            "fidelity chooses the form, and so does codec: keep one of the two keys");
        const string keepsAll = "mode none keeps everything as it is, in no other form: leave the key out or null, or choose the mode ops, sublayer or layer";
        Require(activations.Fidelity is null || activations.Mode != ActivationMode.None, "activations.fidelity", keepsAll, activations.Fidelity);
        Require(activations.Codec is null || activations.Mode != ActivationMode.None, "activations.codec", keepsAll, activations.Codec);
        Require(activations.Rank is null || RankRule.TryParse(activations.Rank, out _), "activations.rank",
            RankRule.Expected, activations.Rank);
        Require(activations.PowerIterations is >= 0 and <= 100, "activations.power_iterations", "expected 0 to 100", activations.PowerIterations);
        bool lowRank = activations.Codec == ActivationCodecName.LowRank;
        Require(activations.Rank is null || lowRank, "activations.rank", "only codec low_rank has a rank: add activations.codec: low_rank, or leave the key out");
        Require(activations.PowerIterations == 0 || lowRank, "activations.power_iterations",
            "only codec low_rank has power iterations: add activations.codec: low_rank, or leave the key out");
        Require(activations.Bits is null or 1 or 2 or 3 or 4, "activations.bits", "expected 1, 2, 3 or 4", activations.Bits);
        Require(activations.Bits is null || activations.Codec == ActivationCodecName.Chain, "activations.bits",
            "only codec chain has bits: add activations.codec: chain, or leave the key out");
        Require(activations.BlocksPerCheckpoint >= 1, "activations.blocks_per_checkpoint", "expected at least 1", activations.BlocksPerCheckpoint);
        Require(activations.BlocksPerCheckpoint == 1 || activations.Mode is null or ActivationMode.Layer, "activations.blocks_per_checkpoint",
            "several blocks share a checkpoint in mode layer alone", activations.BlocksPerCheckpoint);
        Require(activations.TileMib is null or >= 1, "activations.tile_mib", "expected at least 1", activations.TileMib);
    }

    private static void Check(OptimizerOptions optimizer)
    {
        Require(optimizer.LearningRate > 0 && double.IsFinite(optimizer.LearningRate), "optimizer.learning_rate", "expected a number above 0", optimizer.LearningRate);
        Require(optimizer.Beta1 is >= 0 and < 1, "optimizer.beta1", "expected a number from 0 to below 1", optimizer.Beta1);
        Require(optimizer.Beta2 is >= 0 and < 1, "optimizer.beta2", "expected a number from 0 to below 1", optimizer.Beta2);
        Require(optimizer.Epsilon > 0 && double.IsFinite(optimizer.Epsilon), "optimizer.epsilon", "expected a number above 0", optimizer.Epsilon);
        Require(optimizer.WeightDecay >= 0 && double.IsFinite(optimizer.WeightDecay), "optimizer.weight_decay", "expected 0 or a number above", optimizer.WeightDecay);
        Require(optimizer.MaxGradientNorm is null || (optimizer.MaxGradientNorm > 0 && double.IsFinite(optimizer.MaxGradientNorm.Value)),
            "optimizer.max_gradient_norm", "expected a number above 0, or null for no clipping", optimizer.MaxGradientNorm);
    }

    private static void Check(ScheduleOptions schedule, TrainingOptions training)
    {
        Require(schedule.WarmupSteps >= 0, "schedule.warmup_steps", "expected 0 or more", schedule.WarmupSteps);
        Require(training.Steps is not { } steps || steps < 1 || schedule.WarmupSteps <= steps, "schedule.warmup_steps",
            $"the warm-up is longer than the run of {training.Steps} steps", schedule.WarmupSteps);
        Require(schedule.FinalShare is >= 0 and <= 1, "schedule.final_share", "expected a share from 0 to 1", schedule.FinalShare);
    }

    private static void Check(TrainingOptions training, DataOptions data)
    {
        Require(training.Steps is null or >= 1, "training.steps", "expected at least 1, or null to count by epochs", training.Steps);
        Require(training.Epochs > 0 && double.IsFinite(training.Epochs), "training.epochs", "expected a number above 0", training.Epochs);
        Require(training.BatchSize is null or >= 1, "training.batch_size", "expected at least 1", training.BatchSize);
        Require(training.BatchTokens is not { } tokens || tokens >= data.MaxLength, "training.batch_tokens",
            string.Create(CultureInfo.InvariantCulture, $"expected at least data.max_length, {data.MaxLength}, so that the longest example fits"), training.BatchTokens);
        Require(training.GradientAccumulation >= 1, "training.gradient_accumulation", "expected at least 1", training.GradientAccumulation);
        Require(training.EvaluateEvery >= 0, "training.evaluate_every", "expected 0 or more steps", training.EvaluateEvery);
        Require(training.EvaluateEvery == 0 || data.Validation is not null || data.ValidationShare > 0, "training.evaluate_every",
            "nothing is held out to evaluate on: set data.validation or data.validation_share");
        Require(training.KeepCheckpoints >= 1, "training.keep_checkpoints", "expected at least 1", training.KeepCheckpoints);
        Require(training.EarlyStopping is null or >= 1, "training.early_stopping", "expected at least 1 evaluation, or null for none", training.EarlyStopping);
        Require(training.EarlyStopping is null || training.EvaluateEvery > 0, "training.early_stopping", "it goes by the evaluations during the run: set training.evaluate_every");
        Require(training.Result == ResultWeights.Last || training.EvaluateEvery > 0, "training.result", "the best weights are known by the evaluations during the run: set training.evaluate_every");
        Require(training.SaveEvery >= 0, "training.save_every", "expected 0 or more steps", training.SaveEvery);
        Require(training.Threads is >= 0 and <= 4096, "training.threads", "expected 0 for libtorch's choice, or 1 to 4096", training.Threads);
    }

    private static void Check(EvaluationOptions evaluation)
    {
        Require(evaluation.Generate >= 0, "evaluation.generate", "expected 0 or more examples", evaluation.Generate);
        Require(evaluation.MaxNewTokens >= 1, "evaluation.max_new_tokens", "expected at least 1", evaluation.MaxNewTokens);
        if (evaluation.Answer is not { } pattern) return;
        Require(evaluation.Generate > 0, "evaluation.answer", "it is for answers that the model writes: set evaluation.generate");
        try
        {
            _ = new AnswerExtraction(pattern);
        }
        catch (ArgumentException error)
        {
            throw new OptionsException("evaluation.answer", $"expected a regular expression: {error.Message}");
        }
    }

    private static void Check(IReadOnlyList<string> metrics)
    {
        foreach (string name in metrics)
            Require(MetricsSinks.Names.Contains(name), "metrics", $"expected a list of {string.Join(" and ", MetricsSinks.Names)}", $"'{name}'{NearestName.Hint(name, MetricsSinks.Names)}");
        Require(metrics.Distinct().Count() == metrics.Count, "metrics", "a form of metrics stands there twice", $"[{string.Join(", ", metrics)}]");
    }

    private static void Check(SampleOptions sample)
    {
        Require(sample.Prompt.Count > 0 && sample.Prompt.All(prompt => prompt.Length > 0), "sample.prompt", "expected a text to continue; found an empty one");
        Require(sample.Every >= 0, "sample.every", "expected 0 or more", sample.Every);
        Require(sample.MaxNewTokens >= 1, "sample.max_new_tokens", "expected at least 1", sample.MaxNewTokens);
        Require(sample.Temperature >= 0 && double.IsFinite(sample.Temperature), "sample.temperature", "expected 0 or a number above", sample.Temperature);
        Require(sample.TopP is > 0 and <= 1, "sample.top_p", "expected a share above 0 and at most 1", sample.TopP);
    }

    private static void Filled(string key, string value) => Require(!string.IsNullOrWhiteSpace(value), key, "expected a value; found an empty text");

    private static void Require(bool holds, string key, string expected, object? found = null)
    {
        if (!holds)
            throw new OptionsException(key, found is null ? expected : string.Create(CultureInfo.InvariantCulture, $"{expected}; found {found}"));
    }
}
