using LeanTune.Data;
using LeanTune.Losses;
using LeanTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Evaluation;

/// <summary>Which of the answers that occur does the model find likeliest after each prompt? For classification and other tasks with few answers.</summary>
/// <param name="model">With or without adapters. Borrowed.</param>
/// <param name="padId">Token to pad with.</param>
public sealed class ChoiceEvaluation(Decoder model, long padId)
{
    /// <summary>Most answers that are scored for each example.</summary>
    public const int MostChoices = 512;

    /// <summary>Tokens that go through the model at once, about.</summary>
    private const int BatchTokens = 4096;

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
        }

        return ClassScores.Of(chosen);
    }

    /// <summary>Log-likelihood of each answer after a prompt, in nats: the sum over its tokens.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="choices">Token ids, each at least one.</param>
    public double[] Score(int[] prompt, IReadOnlyList<int[]> choices)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(choices);
        int rows = Math.Max(1, BatchTokens / (prompt.Length + choices.Max(choice => choice.Length)));
        return [.. choices.Chunk(rows).SelectMany(some => ScoreBatch(prompt, some))];
    }

    private double[] ScoreBatch(int[] prompt, int[][] choices)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.From([.. choices.Select(choice => new TokenizedExample(
            [.. prompt, .. choice], [.. new bool[prompt.Length], .. Enumerable.Repeat(true, choice.Length)], "", 0))], padId);
        using ForwardPass pass = new(model.Config, batch.InputIds, model.Dtype);
        Tensor hidden = model.ForwardBlocks(batch.InputIds, pass); // (N, C)
        return RowLikelihoods.Sum(hidden, model.FinalNorm, model.Head, batch.Labels);
    }
}
