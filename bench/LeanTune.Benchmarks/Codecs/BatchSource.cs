using System.Globalization;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>The batches that gradients are compared on: recorded ones, the first of a file, or random tokens.</summary>
/// <param name="What">For people and reports.</param>
/// <param name="Batches">Owned by the caller.</param>
internal sealed record BatchSource(string What, IReadOnlyList<Batch> Batches) : IDisposable
{
    /// <summary>Reads what the command line asks for.</summary>
    /// <param name="arguments">--golden DIR [--steps 5,12,20] [--join 1], or --data FILE, or neither; [--batches 3] [--batch 4] [--tokens 256].</param>
    /// <param name="vocabulary">Bound of random tokens.</param>
    public static BatchSource From(BenchArguments arguments, int vocabulary)
    {
        (int count, int rows, int tokens) = (arguments.Number("batches", 3), arguments.Number("batch", 4), arguments.Number("tokens", 256));
        if (arguments.Switches.TryGetValue("golden", out string? golden))
        {
            RecordedBatches recorded = RecordedBatches.Read(golden);
            int join = arguments.Number("join", 1);
            string steps = arguments.Text("steps", "5,12,20");
            int[] wanted = [.. steps.Split(',').Select(step => int.Parse(step, CultureInfo.InvariantCulture))];
            return new($"recorded batches of steps {steps}{(join > 1 ? $", {join} joined from each on" : "")}",
                [.. wanted.Select(step => Batch.From([.. recorded.Steps.Skip(step).Take(join).SelectMany(each => each)], padId: 0))]);
        }

        if (arguments.Switches.TryGetValue("data", out string? path))
        {
            TokenizerEncoder encoder = new(Tokenizer.Load(arguments.Model ?? throw new ArgumentException("--data needs --model DIR, whose tokenizer reads it.")));
            ExampleSet examples = ExampleSet.Load(path, DataFormat.Auto, encoder, tokens, appendEndToken: true, Console.Error.WriteLine);
            return new($"the first {count * rows} examples of {Path.GetFileName(path)}", [.. examples.Take(count * rows).Chunk(rows).Select(each => Batch.From(each, padId: 0))]);
        }

        Random random = new(1);
        return new("random tokens, all supervised: no text, so gradients of no use but this comparison", [.. Enumerable.Range(0, count).Select(_ => Batch.From(
            [.. Enumerable.Range(0, rows).Select(row => new TokenizedExample(
                [.. Enumerable.Range(0, tokens).Select(_ => random.Next(vocabulary))], [.. Enumerable.Repeat(true, tokens)], "random", row))], padId: 0))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Batch batch in Batches) batch.Dispose();
    }
}
