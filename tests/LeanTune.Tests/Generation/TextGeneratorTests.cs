using LeanTune.Generation;
using LeanTune.Models;
using LeanTune.Tests.Training;
using LeanTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;
using Decoder = LeanTune.Models.Decoder;

namespace LeanTune.Tests.Generation;

/// <summary>Text that a tiny model writes, against the model run on the whole sequence at every step.</summary>
public sealed class TextGeneratorTests : IDisposable
{
    private static readonly SamplingOptions Greedy = new() { Temperature = 0, MaxNewTokens = 20 };

    private readonly TemporaryFolder _folder = new();
    // Untied: with random tied embeddings the likeliest next token is the last one again.
    private readonly Decoder _model = DecoderLoader.Random(TinyModel.Config(tied: false), seed: 21);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(60)] // the cache grows on the way
    public void With_the_cache_it_writes_what_the_model_says_without(int promptTokens)
    {
        int[] prompt = [.. Enumerable.Range(0, promptTokens).Select(i => 100 + (37 * i % 700))];
        List<int> whole = [.. prompt];
        for (int i = 0; i < 20; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable quiet = no_grad();
            Tensor ids = tensor(whole.Select(id => (long)id).ToArray(), [1, whole.Count]);
            using ForwardPass pass = new(_model.Config, ids, _model.Dtype);
            whole.Add((int)_model.Logits(_model.Forward(ids, pass))[whole.Count - 1].argmax().item<long>());
        }

        int[] written = [.. Generator(endToken: null).Tokens(prompt, Greedy)];
        written.ShouldBe(whole.Skip(promptTokens));
        written.Distinct().Count().ShouldBeGreaterThan(5);
    }

    [Fact]
    public void It_stops_before_an_end_token()
    {
        SamplingOptions options = new() { Temperature = 1, TopP = 1, MaxNewTokens = 12, Seed = 9 };
        int[] endless = [.. Generator(endToken: null).Tokens([100, 200], options)];
        endless.Length.ShouldBe(12);
        int end = endless[4];
        TinyModel.Write(_folder.Path, endToken: null);
        File.WriteAllText(_folder.File("generation_config.json"), $$"""{"eos_token_id": [899, {{end}}]}""");
        int[] stopped = [.. new TextGenerator(_model, Tokenizer.Load(_folder.Path)).Tokens([100, 200], options)];
        stopped.ShouldBe(endless.Take(Array.IndexOf(endless, end)));
        stopped.ShouldNotBeEmpty();
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_the_pieces_join_to_it()
    {
        TextGenerator generator = Generator(endToken: null);
        List<string> pieces = [];
        SamplingOptions options = new() { Temperature = 1, TopP = 0.9, MaxNewTokens = 30, Seed = 1 };
        string text = generator.Generate("Once upon a time", options, pieces.Add);
        string.Concat(pieces).ShouldBe(text);
        pieces.Count.ShouldBeGreaterThan(5);
        generator.Generate("Once upon a time", options).ShouldBe(text);
        generator.Generate("Once upon a time", options with { Seed = 2 }).ShouldNotBe(text);
    }

    /// <summary>A tokenizer in SentencePiece's manner writes the space before a word into the word's token, and drops it at the start of a text.</summary>
    [Fact]
    public void The_space_between_prompt_and_text_stays()
    {
        TinyModel.Write(_folder.Path, endToken: null);
        File.Copy(Repository.Fixture("tokenizers/trained/sp_bpe_bytefallback.json"), _folder.File("tokenizer.json"), overwrite: true);
        Tokenizer tokenizer = Tokenizer.Load(_folder.Path);
        using Decoder model = DecoderLoader.Random(TinyModel.Config(tied: false) with { Vocabulary = tokenizer.VocabularySize }, seed: 21);
        TextGenerator generator = new(model, tokenizer);
        int spaces = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            SamplingOptions options = new() { Temperature = 1, TopP = 1, MaxNewTokens = 3, Seed = seed };
            int[] prompt = tokenizer.EncodeIds("Once", addSpecialTokens: true);
            string whole = tokenizer.Decode([.. prompt, .. generator.Tokens(prompt, options)], skipSpecialTokens: true);
            string text = generator.Generate("Once", options);
            ("Once" + text).ShouldBe(whole);
            if (text.StartsWith(' ')) spaces++;
        }

        spaces.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Cancelled_it_keeps_what_was_written()
    {
        using CancellationTokenSource stop = new();
        int count = 0;
        foreach (int _ in Generator(endToken: null).Tokens([100], Greedy, stop.Token))
            if (++count == 3)
                stop.Cancel();
        count.ShouldBe(3);
    }

    [Fact]
    public void An_empty_prompt_is_an_error()
    {
        TextGenerator generator = Generator("<|endoftext|>");
        Should.Throw<ArgumentException>(() => generator.Generate("", Greedy)).Message.ShouldStartWith("The prompt is empty");
        Should.Throw<ArgumentException>(() => generator.Tokens([], Greedy)).Message.ShouldStartWith("The prompt is empty");
    }

    [Theory]
    [InlineData(-0.1, 0.9)]
    [InlineData(double.NaN, 0.9)]
    [InlineData(1, 0)]
    [InlineData(1, 1.1)]
    [InlineData(1, double.NaN)]
    public void Options_out_of_range_are_refused(double temperature, double topP) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Generator(endToken: null).Tokens([1], new SamplingOptions { Temperature = temperature, TopP = topP }));

    private TextGenerator Generator(string? endToken) => new(_model, Tokenizer.Load(TinyModel.Write(_folder.Path, endToken: endToken)));
}
