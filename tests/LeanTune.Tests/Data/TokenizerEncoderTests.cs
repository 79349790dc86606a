using System.Text.Json;
using CsCheck;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Tokenization;
using TorchSharp;

namespace LeanTune.Tests.Data;

public sealed class TokenizerEncoderTests
{
    private const string SmolLm2 = "models/smollm2-135m-instruct";

    [Fact]
    public void Gsm8k_batches_equal_the_recorded_ones()
    {
        // golden/smollm2/README.md: chat template of one user message with the generation prompt, the answer, the end of turn; 4 rows of 256 padded with 2.
        string[] lines = File.ReadAllLines(Repository.SharedOrSkip("data/gsm8k/train.jsonl"));
        using var golden = SafetensorsFile.Open(Repository.SharedOrSkip("golden/smollm2/finetune-gsm8k/batches.safetensors"));
        var encoder = new TokenizerEncoder(Tokenizer.Load(Repository.SharedOrSkip(SmolLm2)));
        using torch.Tensor ids = golden.Read("input_ids"), labels = golden.Read("labels"), rows = golden.Read("sample_index"); // (S, B, T), (S, B, T), (S, B)
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("gsm8k.jsonl"), rows.data<int>().ToArray().Select(row => PromptAndCompletion(lines[row])));

        ExampleSet set = ExampleSet.Load(folder.File("gsm8k.jsonl"), DataFormat.Auto, encoder, maxLength: 256, appendEndToken: true);
        set.Count.ShouldBe(30 * 4);
        for (int step = 0; step < 30; step++)
        {
            using var batch = Batch.From([.. set.Skip(step * 4).Take(4)], padId: 2, padToMultipleOf: 256);
            using torch.Tensor expectedIds = ids[step].to_type(torch.ScalarType.Int64), expectedLabels = labels[step].to_type(torch.ScalarType.Int64);
            batch.InputIds.equal(expectedIds).all().ToBoolean().ShouldBeTrue($"ids of step {step}");
            batch.Labels.equal(expectedLabels).all().ToBoolean().ShouldBeTrue($"labels of step {step}");
        }
    }

    [Theory]
    [InlineData(SmolLm2)]
    [InlineData("tokenizers/qwen3")]
    [InlineData("data/public-domain/tokenizer")]
    public void A_book_in_chunks_has_the_ids_of_the_whole(string tokenizer)
    {
        string book = Repository.SharedOrSkip("data/public-domain/moby-dick/moby-dick.txt");
        var encoder = new TokenizerEncoder(Tokenizer.Load(Repository.SharedOrSkip(tokenizer)));
        ExampleSet set = ExampleSet.Load(book, DataFormat.Auto, encoder, 512, appendEndToken: false);
        set.SelectMany(window => window.Ids).SequenceEqual(encoder.Encode(File.ReadAllText(book)).Ids).ShouldBeTrue();
    }

    [Fact]
    public void Offsets_are_positions_in_the_string_also_beyond_the_basic_plane()
    {
        var encoder = new TokenizerEncoder(Tokenizer.Load(Repository.SharedOrSkip("tokenizers/qwen3")));
        Gen.OneOf("😀", "é", " whale", "日本", "𝔘", "\n", "x").Array[1, 20].Select(string.Concat).Sample(text =>
        {
            (int[] ids, (int Start, int End)[] offsets) = encoder.Encode(text);
            offsets.Length.ShouldBe(ids.Length);
            offsets[^1].End.ShouldBe(text.Length);
            // What lies between two tokens' ends is a whole number of characters.
            offsets.ShouldAllBe(offset => offset.End == text.Length || !char.IsLowSurrogate(text[offset.End]));
        }, iter: 200, threads: 1);
    }

    private static string PromptAndCompletion(string line)
    {
        using var record = JsonDocument.Parse(line);
        string question = record.RootElement.GetProperty("question").GetString()!;
        return JsonSerializer.Serialize(new
        {
            prompt = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                + $"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
            completion = record.RootElement.GetProperty("answer").GetString(),
        });
    }
}
