using LeanTune.Data;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Evaluation;

/// <summary>Which answer does the model find likeliest after each prompt? Of those that occur in the examples, for classification, or of each question's own choices.</summary>
/// <param name="model">With or without adapters. Borrowed.</param>
/// <param name="padId">Token to pad with.</param>
public sealed class ChoiceEvaluation(Decoder model, long padId)
{
    /// <summary>Most answers that are scored for each example.</summary>
    public const int MostChoices = 512;

    /// <summary>Tokens that go through the model at once, about.</summary>
    private const int BatchTokens = 4096;

    /// <summary>Whether every example has choices of its own.</summary>
    /// <param name="examples">Held-out examples.</param>
    /// <exception cref="DataException">Some have and some have not, or choices do not fit into the longest length.</exception>
    public static bool HaveOwnChoices(IReadOnlyList<TokenizedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        int own = examples.Count(example => example.WrongAnswers.Count > 0);
        if (own == 0) return false;
        if (own < examples.Count)
        {
            TokenizedExample without = examples.First(example => example.WrongAnswers.Count == 0);
            throw new DataException($"evaluation.choices: {own} of {examples.Count} held-out examples have choices of their own, but {PlaceOf(without)} has none: expected all, or none");
        }

        TokenizedExample[] cut = [.. examples.Where(example => example.Truncated || example.WrongAnswers.Any(wrong => wrong.Truncated))];
        return cut.Length == 0 ? true : throw new DataException(
            $"evaluation.choices: of {cut.Length} of {examples.Count} held-out examples, {PlaceOf(cut[0])} the first, choices are cut at the longest length: raise data.max_length to {cut.Max(example => example.WrongAnswers.Append(example).Max(one => one.FullLength))}");
    }

    /// <summary>The different answers of examples, in order of first occurrence.</summary>
    /// <param name="examples">Training and held-out examples.</param>
    /// <exception cref="DataException">There are too many to choose from, or only one.</exception>
    public static IReadOnlyList<int[]> ChoicesOf(IEnumerable<TokenizedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        Dictionary<string, int[]> choices = new(StringComparer.Ordinal);
        foreach (TokenizedExample example in examples)
        {
            int[] target = Answer.Of(example).Target;
            choices.TryAdd(string.Join(' ', target), target);
            if (choices.Count > MostChoices)
                throw new DataException($"evaluation.choices: the examples have more than {MostChoices} different answers; expected few that recur, as in classification: leave the key out");
        }

        return choices.Count > 1
            ? [.. choices.Values]
            : throw new DataException("evaluation.choices: all examples have the same answer; there is nothing to choose from");
    }

    /// <summary>Chooses for every example.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="choices">Answers, as token ids.</param>
    /// <param name="name">Says an answer for people.</param>
    /// <param name="cancel">Stops after the current example.</param>
    public ClassScores Run(IReadOnlyList<TokenizedExample> examples, IReadOnlyList<int[]> choices, Func<int[], string> name, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(choices);
        ArgumentNullException.ThrowIfNull(name);
        string[] names = [.. choices.Select(name)];
        List<(string, string)> chosen = [];
        foreach (TokenizedExample example in examples)
        {
            cancel.ThrowIfCancellationRequested();
            Answer answer = Answer.Of(example);
            double[] scores = Score(answer.Prompt, choices);
            chosen.Add((name(answer.Target), names[Array.IndexOf(scores, scores.Max())]));
            FinalizerGate.Rest();
        }

        return ClassScores.Of(chosen);
    }

    /// <summary>Chooses for every example among its own choices.</summary>
    /// <param name="examples">At least one; all have choices, see <see cref="HaveOwnChoices"/>.</param>
    /// <param name="text">What tokens of an answer say: its length is what likelihoods are divided by.</param>
    /// <param name="cancel">Stops after the current example.</param>
    public OwnChoiceScores RunOwn(IReadOnlyList<TokenizedExample> examples, Func<int[], string> text, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        ArgumentNullException.ThrowIfNull(text);
        int right = 0, rightByLength = 0;
        foreach (TokenizedExample example in examples)
        {
            cancel.ThrowIfCancellationRequested();
            TokenizedExample[] rows = [example, .. example.WrongAnswers];
            double[] scores = Score(rows);
            double[] byLength = [.. scores.Zip(rows, (score, row) => score / Math.Max(1, text(Answer.Of(row).Target).EnumerateRunes().Count()))];
            if (IsFirstHighest(scores)) right++;
            if (IsFirstHighest(byLength)) rightByLength++;
            FinalizerGate.Rest();
        }

        return new OwnChoiceScores(right / (double)examples.Count, rightByLength / (double)examples.Count);
    }

    /// <summary>Log-likelihood of each answer after a prompt, in nats: the sum over its tokens.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="choices">Token ids, each at least one.</param>
    public double[] Score(int[] prompt, IReadOnlyList<int[]> choices)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(choices);
        return Score([.. choices.Select(choice => new TokenizedExample([.. prompt, .. choice], [.. new bool[prompt.Length], .. Enumerable.Repeat(true, choice.Length)], "", 0))]);
    }

    /// <summary>The right answer, which stands first, must be better than every other: a draw decides nothing.</summary>
    private static bool IsFirstHighest(double[] scores) => scores[1..].All(other => scores[0] > other);

    private static RecordPlace PlaceOf(TokenizedExample example) => new(example.Source, example.Line);

    private double[] Score(TokenizedExample[] rows) =>
        [.. rows.Chunk(Math.Max(1, BatchTokens / rows.Max(row => row.Ids.Length))).SelectMany(ScoreBatch)];

    private double[] ScoreBatch(TokenizedExample[] rows)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.From(rows, padId);
        using ForwardPass pass = new(model.Config, batch.InputIds, model.Dtype);
        Tensor hidden = model.ForwardBlocks(batch.InputIds, pass); // (N, C)
        return RowLikelihoods.Sum(hidden, model.FinalNorm, model.Head, batch.Labels);
    }
}

/// <summary>How often the right one of a question's own choices was chosen.</summary>
/// <param name="Accuracy">By the sum of the log-likelihoods of each choice's tokens.</param>
/// <param name="AccuracyByLength">By that sum divided by the choice's length in characters, so that long choices do not lose by their length.</param>
public sealed record OwnChoiceScores(double Accuracy, double AccuracyByLength);
