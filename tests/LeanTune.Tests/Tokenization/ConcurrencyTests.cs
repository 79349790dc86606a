using LeanTune.Tokenization;

namespace LeanTune.Tests.Tokenization;

/// <summary>One tokenizer serves many threads.</summary>
public sealed class ConcurrencyTests
{
    [Theory, InlineData("byte_bpe"), InlineData("unigram"), InlineData("wordpiece"), InlineData("bpe_added_template")]
    public void Many_threads_get_the_same_ids(string name)
    {
        Tokenizer tokenizer = Samples.Load(name);
        int[][] expected = [.. Samples.Corpus.Select(text => tokenizer.Encode(text).Ids)];
        Tokenizer shared = Tokenizer.Load(Samples.PathOf(name));
        Parallel.For(0, 4 * Samples.Corpus.Length, i => shared.Encode(Samples.Corpus[i % Samples.Corpus.Length]).Ids.ShouldBe(expected[i % Samples.Corpus.Length]));
    }
}
