using System.Diagnostics;
using System.Text.Json;
using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Benchmarks;

/// <summary>How fast conversations become tokens on one thread, from JSONL through the chat template to ids and targets, and what memory that holds. Then a run's examples, read anew and from the cache of tokens.</summary>
internal static class ReadingBench
{
    public static int Run(BenchArguments arguments)
    {
        if (arguments.Model is null)
            throw new ArgumentException("reading needs --model DIR, a folder with tokenizer and chat template.");
        using JsonReport report = new(arguments.Json);
        int megabytes = arguments.Number("mb", 20);
        string file = Path.GetTempFileName();
        try
        {
            Write(file, megabytes * 1_000_000L, File.ReadAllText(arguments.Text("text", "recipes/data/moby-dick.txt")));
            Console.WriteLine($"{new FileInfo(file).Length / 1e6:F1} MB of conversations, one thread, {Path.GetFileName(Path.TrimEndingDirectorySeparator(arguments.Model))}");
            Console.WriteLine("| | seconds | of processor time | MB a processor second | M tokens a processor second | highest live managed MB | resident MB |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            Tokenizer tokenizer = Tokenizer.Load(arguments.Model);
            ConversationEncoder conversations = new(arguments.Model, tokenizer);
            foreach ((string name, Func<Example, int> consume) in new (string, Func<Example, int>)[]
            {
                ("reading", _ => 0),
                ("reading, template and tokens", example => conversations.Encode((ConversationExample)example, 2048).FullLength),
            })
            {
                Measure(name, file, consume, report);
            }

            TokenizerEncoder encoder = new(tokenizer);
            DataOptions data = new() { Train = file, MaxLength = 2048 };
            foreach (string name in new[] { "a run's examples", "the same, kept in the cache", "the same, from the cache" })
            {
                TokenCache? cache = name.Contains("cache") ? new TokenCache(file + "-cache", new TokenCacheKey(arguments.Model, data), Console.WriteLine) : null;
                Measure(name, file, () => ExampleSet.Load(
                    new DataSource { Path = file, Kind = FileKind.JsonLines }, new ExampleLoader(encoder, data.MaxLength, data.AppendEndToken, null, conversations, cache), data.MaxLength).Counts.Tokens, report);
            }
        }
        finally
        {
            Directory.Delete(file + "-cache", recursive: true);
            File.Delete(file);
        }

        return 0;
    }

    private static void Measure(string name, string file, Func<Example, int> consume, JsonReport report)
    {
        foreach (Example example in ExampleReader.Read(new DataSource { Path = file, Kind = FileKind.JsonLines }).Take(50))
            consume(example);
        (long live, int records) = (0, 0);
        Measure(name, file, () => ExampleReader.Read(new DataSource { Path = file, Kind = FileKind.JsonLines }).Sum(example =>
        {
            if (++records % 2000 == 0)
                live = Math.Max(live, GC.GetTotalMemory(forceFullCollection: true));
            return (long)consume(example);
        }), report, () => live);
    }

    private static void Measure(string name, string file, Func<long> work, JsonReport report, Func<long>? highest = null)
    {
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long tokens = work();
        // Other programs take the processor away, but not this one's share of the work; the collector's threads count here too.
        double seconds = watch.Elapsed.TotalSeconds, busy = (Environment.CpuUsage.TotalTime - before).TotalSeconds, rate = new FileInfo(file).Length / 1e6 / busy;
        long live = highest?.Invoke() ?? GC.GetTotalMemory(forceFullCollection: true);
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {seconds:F2} | {busy:F2} | {rate:F2} | {tokens / 1e6 / busy:F2} | {live / 1e6:F1} | {self.WorkingSet64 / 1e6:F0} |"));
        report.Line(("what", name), ("seconds", seconds), ("processor_seconds", busy), ("mb_per_processor_second", rate), ("tokens", tokens), ("live_bytes", live));
    }

    /// <summary>Conversations of two to eight turns whose sentences are a book's, in its order, again and again.</summary>
    private static void Write(string file, long bytes, string book)
    {
        string[] sentences = [.. book.Split(['.', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        using FileStream stream = File.Create(file);
        using StreamWriter writer = new(stream);
        int next = 0;
        string Say(int count) => string.Join(". ", Enumerable.Range(0, count).Select(_ => sentences[next++ % sentences.Length])) + ".";
        for (int record = 0; stream.Position < bytes; record++)
        {
            var messages = Enumerable.Range(0, 2 * (1 + (record % 4))).Select(turn => new { role = turn % 2 == 0 ? "user" : "assistant", content = Say(turn % 2 == 0 ? 2 : 8) });
            writer.WriteLine(JsonSerializer.Serialize(new { messages }));
            if (record % 64 == 0)
                writer.Flush();
        }
    }
}
