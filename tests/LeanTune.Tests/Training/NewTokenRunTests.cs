using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Generation;
using LeanTune.Models;
using LeanTune.Tokenization;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Whole runs whose chat template writes a token that the tokenizer lacks: refused by default, else added, trained, saved, read again and continued.</summary>
public sealed class NewTokenRunTests : IDisposable
{
    private const string Token = "<|turn|>";
    private const string Template = "{%- for m in messages -%}{{ '<|turn|>' ~ m.role ~ '\\n' ~ m.content ~ '<|endoftext|>' }}{%- endfor -%}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_template_s_token_is_refused_by_default_and_the_error_names_the_key() =>
        Should.Throw<DataException>(() => TinyRun.Run(Options(Model(), 1) with { Data = new DataOptions { Train = Examples(), MaxLength = 64 } })).Message
            .ShouldContain("writes <|turn|>, which the model's tokenizer splits into pieces: expected tokens that it has whole. Use the template of this very model, "
                + "name another (data.chat_template), or add it to the vocabulary and train it (data.new_tokens: ['<|turn|>'])");

    [Fact]
    public void An_added_token_is_one_id_and_the_mask_is_right()
    {
        Tokenizer tokenizer = Tokenizer.Load(Model(), [Token]);
        TokenizedExample example = ExampleSet.Load(Examples(1), DataFormat.Auto, new TokenizerEncoder(tokenizer), 64, true, null, new ConversationEncoder(_folder.File("model"), tokenizer))[0];
        example.Ids.Count(id => id == 900).ShouldBe(2);
        tokenizer.Decode(example.Ids).ShouldBe("<|turn|>user\nQuestion 0?<|endoftext|><|turn|>assistant\nAnswer 0.<|endoftext|>");
        tokenizer.Decode([.. example.Ids.Where((_, at) => example.Supervised[at])]).ShouldBe("Answer 0.<|endoftext|>");
    }

    [Theory]
    [InlineData(true, ActivationMode.Layer, TinyModel.Vocabulary)]
    [InlineData(false, ActivationMode.Ops, TinyModel.Vocabulary)]
    [InlineData(true, ActivationMode.Sublayer, 928)] // rows to spare
    [InlineData(false, ActivationMode.None, 928)]
    public void Four_steps_equal_two_and_two_bit_by_bit(bool tied, ActivationMode mode, int vocabulary)
    {
        FineTuneOptions options = Options(Model(tied, vocabulary), 4);
        options = options with { Activations = new ActivationOptions { Mode = mode }, Training = options.Training with { SaveEvery = 1 } };
        byte[] straight = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);
        FineTuneOptions parts = options with { Output = _folder.File("parts") };
        RunFinished first = TinyRun.RunUntil(parts, 2);
        TinyRun.AdapterBytes(first).ShouldNotBe(straight);
        TinyRun.AdapterBytes(TinyRun.Run(parts with { Training = parts.Training with { Resume = true } }).Finished).ShouldBe(straight);
        FineTuneOptions other = parts with { Data = parts.Data with { NewTokens = [Token, "<|other|>"] }, Training = parts.Training with { Resume = true } };
        Should.Throw<OptionsException>(() => TinyRun.Run(other)).Message.ShouldContain("data.new_tokens was <|turn|>, is <|turn|> <|other|>");
    }

    [Theory]
    [InlineData(true, TinyModel.Vocabulary)]
    [InlineData(false, TinyModel.Vocabulary)]
    [InlineData(true, 928)]
    public void The_saved_adapter_is_read_with_its_token_and_can_be_continued(bool tied, int vocabulary)
    {
        string model = Model(tied, vocabulary);
        FineTuneOptions options = Options(model, 6);
        options = options with { Data = options.Data with { Validation = options.Data.Train } };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);
        double[] losses = [.. events.OfType<EvaluationCompleted>().Select(done => done.Loss)];
        losses[^1].ShouldBeLessThan(losses[0]);
        string grows = vocabulary == 900 ? "the model's vocabulary grows to 901" : "the model has rows to spare for it";
        events.OfType<Notice>().ShouldContain(notice => notice.Message == $"data.new_tokens: one token is added, with the id 900; {grows}");

        LoraConfig config = LoraConfig.Load(Path.Combine(finished.Result, "adapter_config.json"));
        config.TrainedTokens.Select(table => (table.Key, table.Value.Single())).ShouldBe(tied ? [("embed_tokens", 900)] : [("embed_tokens", 900), ("lm_head", 900)]);
        Tokenizer beside = Tokenizer.Load(finished.Result);
        beside.EncodeIds(Token).ShouldBe([900]);
        beside.Special.EosId.ShouldBe(0);
        File.Exists(Path.Combine(finished.Result, "chat_template.jinja")).ShouldBeTrue();

        LossOf(model, finished.Result, options.Data.Train[0].Path).ShouldBe(losses[^1], 1e-4);
        using (HubFolder hub = HubFolder.Open(model))
        {
            GrownVocabulary grown = GrownVocabulary.Load(hub, [], finished.Result);
            using Decoder decoder = DecoderLoader.Load(hub, ScalarType.Float32, growth: grown.Growth);
            using DecoderAdapter adapter = DecoderAdapter.Load(decoder, finished.Result);
            new TextGenerator(decoder, grown.Tokenizer).Generate(Token + "user\n", new SamplingOptions { MaxNewTokens = 3, Temperature = 0 }).ShouldNotBeNull();
        }

        // Goes on where the first run ended; the token is the adapter's own, and the recipe may add another.
        FineTuneOptions next = options with
        {
            Output = _folder.File("next"), Adapter = options.Adapter with { ContinueFrom = finished.Result }, Data = options.Data with { NewTokens = [Token, "<|more|>"] },
        };
        (RunFinished continued, List<TrainingEvent> more) = TinyRun.Run(next);
        // A row more in the head, at the mean, takes a little of the probability.
        more.OfType<EvaluationCompleted>().First().Loss.ShouldBe(losses[^1], 0.02);
        more.OfType<Notice>().Select(notice => notice.Message).ShouldContain("data.new_tokens: the tokenizer has '<|turn|>' already: nothing is added or trained for it");
        more.OfType<Notice>().ShouldContain(notice => notice.Message.StartsWith("no training example holds '<|more|>' of data.new_tokens", StringComparison.Ordinal));
        LoraConfig.Load(Path.Combine(continued.Result, "adapter_config.json")).TrainedTokens[0].Value.ShouldBe([900, 901]);
        Tokenizer.Load(continued.Result).EncodeIds($"{Token}<|more|>").ShouldBe([900, 901]);
    }

    [Theory]
    [InlineData(true, WeightStart.Pretrained)]
    [InlineData(false, WeightStart.Pretrained)]
    [InlineData(true, WeightStart.Random)]
    public void Training_all_weights_grows_the_model_and_its_folder(bool tied, WeightStart start)
    {
        FineTuneOptions options = Options(Model(tied), 3);
        options = options with { Adapter = new AdapterOptions { Method = TrainingMethod.Full }, Model = options.Model with { Start = start } };
        RunFinished finished = TinyRun.Run(options).Finished;
        using HubFolder hub = HubFolder.Open(finished.Result);
        hub.Config.GetProperty("vocab_size").GetInt32().ShouldBe(901);
        hub.Config.GetProperty("hidden_size").GetInt32().ShouldBe(32);
        Tokenizer tokenizer = Tokenizer.Load(finished.Result);
        tokenizer.EncodeIds(Token).ShouldBe([900]);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32);
        model.Embedding.shape.ShouldBe([901, 32]);
        model.Head.shape.ShouldBe([901, 32]);
        new TextGenerator(model, tokenizer).Generate(Token, new SamplingOptions { MaxNewTokens = 2, Temperature = 0 }).ShouldNotBeNull();
    }

    [Fact]
    public void A_budget_and_inspection_know_of_new_tokens()
    {
        FineTuneOptions options = Options(Model(), 2) with { Memory = "2GiB" };
        new FineTuner(options).Forecast().ShouldNotBeNull();
        DataInspection.Of(options).Findings.ShouldNotContain(finding => finding.Stops);
        TinyRun.Run(options).Finished.Step.ShouldBe(2);
    }

    [Fact]
    public void A_thousand_tokens_are_enough()
    {
        FineTuneOptions With(int count)
        {
            FineTuneOptions options = Options("model", 1);
            return options with { Data = options.Data with { NewTokens = [.. Enumerable.Range(0, count).Select(i => $"<|{i}|>")] } };
        }

        With(1000).Validate();
        Should.Throw<OptionsException>(() => With(1001).Validate()).Message.ShouldStartWith("data.new_tokens: expected at most 1000 tokens");
    }

    [Fact]
    public void Kept_tokens_are_those_of_the_same_new_tokens()
    {
        FineTuneOptions options = Options(Model(), 1);
        string Key(params string[] tokens) => new TokenCacheKey(options.Model.Path, options.Data, Tokenizer.Load(options.Model.Path, tokens)).Of(options.Data.Train[0]).Key;
        string[] keys = [Key(), Key(Token), Key("<|other|>"), Key(Token, "<|other|>"), Key("<|other|>", Token)];
        keys.Distinct().Count().ShouldBe(keys.Length);
        Key(Token).ShouldBe(keys[1]);
    }

    private FineTuneOptions Options(string model, int steps) => new()
    {
        Model = new ModelOptions { Path = model, Dtype = WeightType.Fp32 },
        Data = new DataOptions { Train = Examples(), MaxLength = 64, NewTokens = [Token] },
        Adapter = new AdapterOptions { Rank = 4, Alpha = 8 },
        Optimizer = new OptimizerOptions { LearningRate = 1e-2 },
        Training = new TrainingOptions { Steps = steps, BatchSize = 4, Seed = 3 },
        Output = _folder.File("run"),
    };

    private string Model(bool tied = true, int vocabulary = TinyModel.Vocabulary)
    {
        string folder = TinyModel.Write(_folder.File("model"), tied: tied, vocabulary: vocabulary);
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), Template);
        return folder;
    }

    private string Examples(int count = 12)
    {
        string path = _folder.File("train.jsonl");
        File.WriteAllLines(path, Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new
        {
            messages = new[] { new { role = "user", content = $"Question {i}?" }, new { role = "assistant", content = $"Answer {i}." } },
        })));
        return path;
    }

    /// <summary>Mean loss over the examples with a saved adapter, from the logits of each by itself.</summary>
    private static double LossOf(string modelFolder, string adapter, string examples)
    {
        using IDisposable quiet = no_grad();
        using HubFolder hub = HubFolder.Open(modelFolder);
        GrownVocabulary vocabulary = GrownVocabulary.Load(hub, [], adapter);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32, growth: vocabulary.Growth);
        using DecoderAdapter attached = DecoderAdapter.Load(model, adapter);
        double total = 0;
        long count = 0;
        foreach (TokenizedExample example in ExampleSet.Load(
            examples, DataFormat.Auto, new TokenizerEncoder(vocabulary.Tokenizer), 64, true, null, new ConversationEncoder(modelFolder, vocabulary.Tokenizer)))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = tensor(example.Ids.Select(id => (long)id).ToArray()).unsqueeze(0); // (1, T)
            using ForwardPass pass = new(model.Config, ids, model.Dtype);
            Tensor likely = nn.functional.log_softmax(model.Logits(model.Forward(ids, pass)), -1); // (T, V)
            for (int at = 1; at < example.Ids.Length; at++)
            {
                if (!example.Supervised[at]) continue;
                total -= likely[at - 1, example.Ids[at]].item<float>();
                count++;
            }
        }

        return total / count;
    }
}
