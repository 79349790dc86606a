using LeanTune.Benchmarks.Codecs;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Benchmarks.Training;

/// <summary>What runs train on, in an order of its own for each seed, and what they are evaluated on.</summary>
internal sealed class TrainingExamples
{
    private const int HeldOut = 32, Longest = 256;

    private readonly Func<int, IEnumerable<TokenizedExample>> _order;

    private readonly int _batch;

    private TrainingExamples(string what, int batch, IReadOnlyList<TokenizedExample> held, Func<int, IEnumerable<TokenizedExample>> order) =>
        (What, Held, _batch, _order) = ($"{what}, {batch} examples a step", held, batch, order);

    /// <summary>For people and reports.</summary>
    public string What { get; }

    /// <summary>Never trained on.</summary>
    public IReadOnlyList<TokenizedExample> Held { get; }

    /// <summary>The examples of every step.</summary>
    /// <exception cref="ArgumentException">There are not enough.</exception>
    public IReadOnlyList<TokenizedExample[]> Steps(int seed, int count)
    {
        TokenizedExample[][] steps = [.. _order(seed).Take(count * _batch).Chunk(_batch).Where(step => step.Length == _batch)];
        return steps.Length == count ? steps : throw new ArgumentException(
            $"{What}: {steps.Length} steps of {_batch} examples for seed {seed}, but {count} are asked for. --data names a file with more.");
    }

    /// <summary>
    /// With --golden: the recorded steps (seed 0), continued and in other orders (other seeds) with GSM8K's train.jsonl, which --data then names.
    /// Else --data is a file that the product reads; its last examples are held out.
    /// </summary>
    public static TrainingExamples From(BenchArguments arguments)
    {
        int batch = arguments.Number("batch", 4);
        string? data = arguments.Switches.GetValueOrDefault("data");
        string model = arguments.Model ?? throw new ArgumentException("--train needs --model DIR.");
        if (arguments.Switches.TryGetValue("golden", out string? golden))
        {
            RecordedBatches recorded = RecordedBatches.Read(golden);
            TokenizedExample[] first = [.. recorded.Steps.SelectMany(step => step)];
            if (data is null) return new("recorded examples", batch, recorded.Held, seed => seed == 0 ? first : []);
            WordProblems problems = new(data, Tokenizer.Load(model));
            problems.RequireSame(recorded.Steps[0], Longest);
            HashSet<int> used = [.. first.Select(example => example.Line)];
            return new("GSM8K", batch, recorded.Held, seed => seed == 0
                ? first.Concat(Shuffled(problems, seed).Where(example => !used.Contains(example.Line)))
                : Shuffled(problems, seed));
        }

        if (data is null) throw new ArgumentException("--train needs --golden DIR or --data FILE.jsonl.");
        ExampleSet all = ExampleSet.Load(data, DataFormat.Auto, new TokenizerEncoder(Tokenizer.Load(model)), Longest, appendEndToken: true, Console.Error.WriteLine);
        int held = Math.Min(HeldOut, all.Count / 4);
        return new(Path.GetFileName(data), batch, [.. all.TakeLast(held)], seed => Order(all.Count - held, seed).Select(index => all[index]));
    }

    private static IEnumerable<TokenizedExample> Shuffled(WordProblems problems, int seed) =>
        Order(problems.Count, seed).Select(index => problems.Read(index + 1, Longest)).OfType<TokenizedExample>();

    private static int[] Order(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return order;
    }
}
