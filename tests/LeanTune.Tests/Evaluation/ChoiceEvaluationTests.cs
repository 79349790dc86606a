using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Evaluation;
using LeanTune.Models;
using LeanTune.Tests.Training;
using LeanTune.Tokenization;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;
using Decoder = LeanTune.Models.Decoder;

namespace LeanTune.Tests.Evaluation;

/// <summary>Answers are scored by their exact likelihoods.</summary>
public sealed class ChoiceEvaluationTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Scores_are_log_likelihoods_token_by_token()
    {
        using HubFolder hub = HubFolder.Open(_tiny.Model);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32, _ => { });
        int[] prompt = [5, 17, 230];
        int[][] choices = [[7], [8, 9, 10], [7, 11], [600, 5]];
        double[] scores = new ChoiceEvaluation(model, 0).Score(prompt, choices);
        for (int i = 0; i < choices.Length; i++) scores[i].ShouldBe(LogLikelihood(model, prompt, choices[i]), 1e-4);
    }

    // A task that can only be solved by reading the prompt: the answer is the colour that it names.
    [Fact]
    public void A_trained_classifier_is_seen_to_be_one()
    {
        string[] colours = ["red", "green", "blue"];
        string file = _tiny.Path("colours.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 60).Select(i => $$"""{"prompt": "{{colours[i % 3]}} thing {{i}} is", "completion": " {{colours[i % 3]}}"}"""));
        FineTuneOptions options = _tiny.Options("run", 60);
        options = options with
        {
            Data = options.Data with { Train = file, ValidationShare = 0.3 },
            Evaluation = new EvaluationOptions { Choices = true, Generate = 6, MaxNewTokens = 4 },
            Training = options.Training with { EvaluateEvery = 30 },
        };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);
        List<EvaluationCompleted> evaluations = [.. events.OfType<EvaluationCompleted>()];
        evaluations[0].Scores["accuracy"].ShouldBeLessThan(0.8);
        evaluations[^1].Scores["accuracy"].ShouldBe(1);
        evaluations[^1].Scores["macro_f1"].ShouldBe(1);
        evaluations[^1].Scores["exact_match"].ShouldBe(1);
        File.ReadAllText(Path.Combine(options.Output, "metrics.jsonl")).ShouldContain("\"accuracy\":1");

        // From the files alone, the same.
        ModelEvaluation again = ModelEvaluation.Of(options, finished.Result);
        again.Result.Loss.ShouldBe(evaluations[^1].Loss, 1e-5);
        again.Result.Scores.ShouldBe(evaluations[^1].Scores);
        again.Classes!.Classes.Select(score => score.Name).Order().ShouldBe(["blue", "green", "red"]);
        again.Written.Count.ShouldBe(6);
        ModelEvaluation plain = ModelEvaluation.Of(options);
        plain.Result.Loss.ShouldBe(evaluations[0].Loss, 1e-5);
    }

    // Likelihoods worked out token by token. An untrained model finds the same choice likeliest each time, the short one by the sum: each is right another number of times.
    [Fact]
    public void Of_a_questions_own_choices_the_likeliest_counts()
    {
        string file = _tiny.Path("questions.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 24).Select(i =>
            $$"""{"question": "What is number {{i}}?", "choices": ["a whale", "the {{i}}th ship of a very long line", "{{i}} harpoons", "no"], "answer": {{(i < 10 ? 0 : i < 16 ? 1 : i < 21 ? 2 : 3)}}}"""));
        FineTuneOptions options = _tiny.Options("run", 1);
        options = options with { Data = options.Data with { Train = file, Validation = file }, Evaluation = new EvaluationOptions { Choices = true } };
        ModelEvaluation found = ModelEvaluation.Of(options);

        using HubFolder hub = HubFolder.Open(_tiny.Model);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32, _ => { });
        Tokenizer tokenizer = Tokenizer.Load(_tiny.Model);
        ExampleSet held = ExampleSet.Load(file, DataFormat.Auto, new TokenizerEncoder(tokenizer), options.Data.MaxLength, options.Data.AppendEndToken);
        int right = 0, byLength = 0;
        foreach (TokenizedExample example in held)
        {
            (double Sum, double Each)[] scores = [.. example.WrongAnswers.Prepend(example).Select(row =>
            {
                int start = Array.IndexOf(row.Supervised, true);
                double sum = LogLikelihood(model, row.Ids[..start], row.Ids[start..]);
                return (sum, sum / tokenizer.Decode(row.Ids[start..], skipSpecialTokens: true).Trim().Length);
            })];
            scores.Length.ShouldBe(4);
            if (scores[1..].All(other => scores[0].Sum > other.Sum)) right++;
            if (scores[1..].All(other => scores[0].Each > other.Each)) byLength++;
        }

        found.Result.Scores["accuracy"].ShouldBe(right / 24.0);
        found.Result.Scores["accuracy_by_length"].ShouldBe(byLength / 24.0);
        right.ShouldNotBe(byLength);
        found.Classes.ShouldBeNull();
    }

    [Fact]
    public void Choices_that_cannot_be_compared_are_refused_before_any_weight_is_read()
    {
        string file = _tiny.Path("questions.jsonl"), pairs = _tiny.Path("pairs.jsonl");
        File.WriteAllText(file, """{"question": "q", "choices": ["a", "very long indeed, longer than all that a row of tokens may hold"], "answer": 0}""");
        File.WriteAllText(pairs, """{"prompt": "q", "completion": "a"}""");
        FineTuneOptions options = _tiny.Options("run", 1);
        options = options with { Data = options.Data with { Train = file, Validation = file, MaxLength = 16 }, Evaluation = new EvaluationOptions { Choices = true } };
        Should.Throw<DataException>(() => TinyRun.Run(options)).Message.ShouldContain($"of 1 of 1 held-out examples, {file}:1 the first, choices are cut at the longest length: raise data.max_length to ");
        options = options with { Data = options.Data with { Validation = [new DataSource { Path = file }, new DataSource { Path = pairs }], MaxLength = 100 } };
        Should.Throw<DataException>(() => TinyRun.Run(options)).Message.ShouldContain($"1 of 2 held-out examples have choices of their own, but {pairs}:1 has none");
    }

    [Fact]
    public void Examples_without_recurring_answers_are_refused_before_any_weight_is_read()
    {
        string file = _tiny.Path("many.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, ChoiceEvaluation.MostChoices + 1).Select(i => $$"""{"prompt": "q", "completion": "answer {{i}}"}"""));
        FineTuneOptions options = _tiny.Options("run", 1);
        options = options with { Data = options.Data with { Train = file, ValidationShare = 0.1 }, Evaluation = new EvaluationOptions { Choices = true } };
        Should.Throw<DataException>(() => TinyRun.Run(options)).Message.ShouldContain("evaluation.choices");
    }

    private static double LogLikelihood(Decoder model, int[] prompt, int[] choice)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] all = [.. prompt.Concat(choice).Select(id => (long)id)];
        Tensor ids = tensor(all, [1, all.Length]);
        using ForwardPass pass = new(model.Config, ids, model.Dtype);
        Tensor probabilities = model.Logits(model.Forward(ids, pass)).to(ScalarType.Float64).log_softmax(-1); // (T, V)
        return Enumerable.Range(prompt.Length, choice.Length).Sum(t => probabilities[t - 1, all[t]].item<double>());
    }
}
