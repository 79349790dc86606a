using LeanTune.Data;
using LeanTune.Evaluation;
using LeanTune.Tokenization;
using Decoder = LeanTune.Models.Decoder;

namespace LeanTune.Training;

/// <summary>Measures a model on held-out examples: their loss and, as the options say, choices and written answers.</summary>
/// <param name="options">What to measure.</param>
/// <param name="rule">How batches are made.</param>
/// <param name="seed">Of the order of batches, which changes nothing but rounding.</param>
/// <param name="model">With or without adapters. Borrowed.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="runner">Runs batches.</param>
/// <param name="train">Training examples: their answers can be chosen too.</param>
/// <param name="held">What is measured on.</param>
internal sealed class HeldOutEvaluation(
    EvaluationOptions options, BatchRule rule, ulong seed, Decoder model, Tokenizer tokenizer, StepRunner runner, ExampleSet train, ExampleSet held)
{
    private readonly long _padId = tokenizer.Special.PadId ?? 0;
    private IReadOnlyList<int[]>? _choices;

    /// <summary>The classes by themselves, after the last run that chose.</summary>
    public ClassScores? Classes { get; private set; }

    /// <summary>What each written answer was, in the last run that wrote some.</summary>
    public IReadOnlyList<WrittenAnswer> Written { get; private set; } = [];

    /// <summary>Refuses examples that what is asked for cannot be measured on, before any weight is read.</summary>
    /// <exception cref="DataException">Too many answers to choose from, or only one; or only some examples have choices of their own.</exception>
    public static void Check(EvaluationOptions options, ExampleSet train, ExampleSet held)
    {
        if (options.Choices && !ChoiceEvaluation.HaveOwnChoices(held)) _ = ChoiceEvaluation.ChoicesOf(train.Concat(held));
    }

    /// <summary>Measures.</summary>
    /// <param name="step">Steps taken so far.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>What was found; null when it was ended early.</returns>
    /// <exception cref="DivergedException">The loss is not finite.</exception>
    public EvaluationCompleted? Run(int step, CancellationToken cancel)
    {
        long started = Environment.TickCount64;
        BatchStream stream = new(held, rule, _padId, seed);
        double total = 0;
        long supervised = 0;
        for (int i = 0; i < stream.BatchesPerEpoch; i++)
        {
            if (cancel.IsCancellationRequested) return null;
            using Batch batch = stream.Next();
            if (batch.SupervisedTokens == 0) continue;
            total += runner.Evaluate(batch);
            RunMemory.Return();
            supervised += batch.SupervisedTokens;
        }

        if (!double.IsFinite(total)) throw new DivergedException(step, total / supervised);
        try
        {
            Dictionary<string, double> scores = [];
            if (options.Choices) Choose(scores, cancel);
            if (options.Generate > 0) Write(scores, cancel);
            return new EvaluationCompleted(step, total / supervised, supervised, (Environment.TickCount64 - started) / 1000.0) { Scores = scores };
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            RunMemory.Return();
        }
    }

    private void Choose(Dictionary<string, double> scores, CancellationToken cancel)
    {
        ChoiceEvaluation evaluation = new(model, _padId);
        string Text(int[] tokens) => tokenizer.Decode(tokens, skipSpecialTokens: true).Trim();
        if (ChoiceEvaluation.HaveOwnChoices(held))
        {
            OwnChoiceScores own = evaluation.RunOwn(held, Text, cancel);
            (scores["accuracy"], scores["accuracy_by_length"]) = (own.Accuracy, own.AccuracyByLength);
            return;
        }

        _choices ??= ChoiceEvaluation.ChoicesOf(train.Concat(held));
        Classes = evaluation.Run(held, _choices, Text, cancel);
        scores["accuracy"] = Classes.Accuracy;
        scores["macro_f1"] = Classes.MacroF1;
    }

    private void Write(Dictionary<string, double> scores, CancellationToken cancel)
    {
        List<WrittenAnswer> written = [];
        int count = Math.Min(options.Generate, held.Count);
        TokenizedExample[] some = [.. Enumerable.Range(0, count).Select(i => held[(int)((long)i * held.Count / count)])];
        GenerationScores found = new GenerationEvaluation(model, tokenizer, new AnswerExtraction(options.Answer), options.MaxNewTokens).Run(some, written.Add, cancel);
        Written = written;
        (scores["exact_match"], scores["rouge1"], scores["rouge2"], scores["rouge_l"], scores["bleu"]) = (found.ExactMatch, found.Rouge.Rouge1, found.Rouge.Rouge2, found.Rouge.RougeL, found.Bleu);
    }
}
