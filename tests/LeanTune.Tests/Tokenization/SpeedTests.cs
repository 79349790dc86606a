using System.Diagnostics;
using System.Text;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>The speed that the tokenizer promises, on one core; runs while no other test does.</summary>
[CollectionDefinition(nameof(SpeedTests), DisableParallelization = true)]
[Collection(nameof(SpeedTests))]
public sealed class SpeedTests
{
    [Fact]
    public void English_takes_less_than_a_second_for_two_megabytes()
    {
        Tokenizer tokenizer = Samples.Load("smollm2");
        string[] files = Directory.GetFiles(Repository.SharedOrSkip("data/public-domain/sotu"), "*.txt", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        string[] texts = [.. files.Take(60).Select(File.ReadAllText)];
        double megabytes = texts.Sum(Encoding.UTF8.GetByteCount) / 1e6;
        double best = 0;
        for (int round = 0; round < 8; round++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            foreach (string text in texts)
                tokenizer.EncodeIds(text);
            best = Math.Max(best, megabytes / watch.Elapsed.TotalSeconds);
        }
        megabytes.ShouldBeGreaterThan(1);
        best.ShouldBeGreaterThan(2.0);
    }
}
