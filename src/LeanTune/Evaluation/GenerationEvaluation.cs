using LeanTune.Data;
using LeanTune.Generation;
using LeanTune.Native;
using LeanTune.Tokenization;
using Decoder = LeanTune.Models.Decoder;

namespace LeanTune.Evaluation;

/// <summary>Lets the model write answers, the likeliest token each time, and compares them with those of the examples.</summary>
/// <param name="model">With or without adapters. Borrowed.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="extraction">What of a text is its answer.</param>
/// <param name="maxNewTokens">Most tokens to write.</param>
public sealed class GenerationEvaluation(Decoder model, Tokenizer tokenizer, AnswerExtraction extraction, int maxNewTokens)
{
    /// <summary>Writes an answer for each example.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="done">Told of each as soon as it is written.</param>
    /// <param name="cancel">Stops after the current token.</param>
    public GenerationScores Run(IReadOnlyList<TokenizedExample> examples, Action<WrittenAnswer>? done = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        TextGenerator generator = new(model, tokenizer);
        SamplingOptions greedy = new() { Temperature = 0, MaxNewTokens = maxNewTokens };
        Bleu bleu = new();
        List<(bool Same, Rouge Rouge)> scores = [];
        foreach (TokenizedExample example in examples)
        {
            Answer answer = Answer.Of(example);
            string text = Text([.. generator.Tokens(answer.Prompt, greedy, cancel)]), reference = Text(answer.Target);
            cancel.ThrowIfCancellationRequested();
            WrittenAnswer written = new(new RecordPlace(example.Source, example.Line), text, reference, AnswerExtraction.Same(extraction.Of(text), extraction.Of(reference)));
            bleu.Add(text, reference);
            scores.Add((written.IsRight, Rouge.Of(text, reference)));
            done?.Invoke(written);
            FinalizerGate.Rest();
        }

        double Mean(Func<Rouge, double> part) => scores.Average(score => part(score.Rouge));
        return new GenerationScores(scores.Count(score => score.Same) / (double)scores.Count, new Rouge(Mean(r => r.Rouge1), Mean(r => r.Rouge2), Mean(r => r.RougeL)), bleu.Score());
    }

    private string Text(int[] tokens) => tokenizer.Decode(tokens, skipSpecialTokens: true).Trim();
}

/// <summary>What was written for an example.</summary>
/// <param name="Place">Where the example was read.</param>
/// <param name="Text">What the model wrote.</param>
/// <param name="Reference">What the example has.</param>
/// <param name="IsRight">Whether the answers in both are the same.</param>
public sealed record WrittenAnswer(RecordPlace Place, string Text, string Reference, bool IsRight);

/// <summary>How the texts that a model wrote compare with the examples'.</summary>
/// <param name="ExactMatch">Share with the same answer.</param>
/// <param name="Rouge">Mean over the examples.</param>
/// <param name="Bleu">Of all together.</param>
public sealed record GenerationScores(double ExactMatch, Rouge Rouge, double Bleu);
