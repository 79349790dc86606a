using LeanTune.Checkpoints;
using LeanTune.Evaluation;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Tokenization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>What a model, with an adapter or without, achieves on the held-out examples of a recipe.</summary>
/// <param name="Examples">How many.</param>
/// <param name="Result">Loss and scores; its step is 0.</param>
/// <param name="Classes">Each class by itself, where answers were chosen.</param>
/// <param name="Written">The answers, where some were written.</param>
public sealed record ModelEvaluation(int Examples, EvaluationCompleted Result, ClassScores? Classes, IReadOnlyList<WrittenAnswer> Written)
{
    /// <summary>Evaluates on a thread of its own, and waits for it.</summary>
    /// <param name="options">Model, examples and what to measure; what concerns training is not used.</param>
    /// <param name="adapter">PEFT folder to put on the model, or null for the model as it is.</param>
    /// <param name="notice">Told of what the user should know.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="OptionsException">An option is out of range, or nothing is held out.</exception>
    /// <exception cref="Data.DataException">The examples cannot be used.</exception>
    /// <exception cref="CheckpointFormatException">Model or adapter cannot be read.</exception>
    /// <exception cref="DivergedException">The loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static ModelEvaluation Of(FineTuneOptions options, string? adapter = null, Action<string>? notice = null, CancellationToken cancel = default)
    {
        options.Validate();
        return EventPump.Run(publish => Evaluate(options, adapter, message => publish(new Notice(message)), cancel), e => notice?.Invoke(((Notice)e).Message), () => { });
    }

    private static ModelEvaluation Evaluate(FineTuneOptions options, string? adapter, Action<string> notice, CancellationToken cancel)
    {
        SignalStack.Enlarge();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        if (options.Training.Threads > 0) set_num_threads(options.Training.Threads);
        using HubFolder hub = HubFolder.Open(options.Model.Path);
        GrownVocabulary vocabulary = GrownVocabulary.Load(hub, options.Data.NewTokens, adapter);
        Tokenizer tokenizer = vocabulary.Tokenizer;
        (Data.ExampleSet train, Data.ExampleSet held) = RunExamples.Read(options.Data, hub.Path, tokenizer, notice);
        if (held.Count == 0) throw new OptionsException("data.validation", "there is nothing to evaluate on: set data.validation or data.validation_share");
        HeldOutEvaluation.Check(options.Evaluation, train, held);
        using Decoder model = DecoderLoader.Load(hub, WeightTypes.Of(options), notice, vocabulary.Growth);
        using DecoderAdapter? fitted = adapter is null ? null : DecoderAdapter.Load(model, adapter, notice);
        StepRunner runner = new(model, ActivationPlans.Of(options.Activations, model.Config.Blocks), options.Training.Seed, (long)(options.Activations.TileMib ?? RunPlanning.DefaultTileMib) << 20);
        HeldOutEvaluation evaluation = new(options.Evaluation, BatchRules.Of(options), options.Training.Seed, model, tokenizer, runner, train, held);
        EvaluationCompleted result = evaluation.Run(0, cancel) ?? throw new OperationCanceledException(cancel);
        return new ModelEvaluation(held.Count, result, evaluation.Classes, evaluation.Written);
    }
}
