using LeanTune.Checkpoints;
using LeanTune.Models;

namespace LeanTune.Tests.Training;

/// <summary>A random llama of some 60 thousand numbers in a hub folder of its own, with a real tokenizer: small enough to train in milliseconds.</summary>
internal static class TinyModel
{
    /// <summary>Entries of the fixture's vocabulary.</summary>
    public const int Vocabulary = 900;

    public static DecoderConfig Config(bool tied = true, bool bias = false, int vocabulary = Vocabulary) => new()
    {
        ModelType = "llama", Vocabulary = vocabulary, Width = 32, FeedForward = 48, Blocks = 2, Heads = 4, KeyValueHeads = 2, HeadWidth = 8,
        NormEpsilon = 1e-5, Rotary = new RotaryConfig(10000), MaxPositions = 256, TiedEmbeddings = tied, QueryKeyValueBias = bias, OutputBias = bias,
        FeedForwardBias = bias, Windows = [null, null], Rotated = [true, true], InitializerRange = 0.08,
    };

    /// <summary>Writes config, weights and tokenizer.</summary>
    /// <returns>The folder.</returns>
    public static string Write(string folder, ulong seed = 7, string? endToken = "<|endoftext|>", bool tied = true, int vocabulary = Vocabulary)
    {
        Directory.CreateDirectory(folder);
        DecoderConfig c = Config(tied, vocabulary: vocabulary);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": {{c.Vocabulary}}, "hidden_size": {{c.Width}},
             "intermediate_size": {{c.FeedForward}}, "num_hidden_layers": {{c.Blocks}}, "num_attention_heads": {{c.Heads}}, "num_key_value_heads": {{c.KeyValueHeads}},
             "head_dim": {{c.HeadWidth}}, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": {{c.MaxPositions}},
             "tie_word_embeddings": {{(tied ? "true" : "false")}}, "hidden_act": "silu", "initializer_range": 0.08, "torch_dtype": "float32"}
            """);
        using (Decoder model = DecoderLoader.Random(c, seed)) SafetensorsWriter.Write(Path.Combine(folder, HubFolder.WeightsName), model.Weights, null);
        File.Copy(Repository.Fixture("tokenizers/trained/byte_bpe.json"), Path.Combine(folder, HubFolder.TokenizerName), overwrite: true);
        if (endToken is not null) File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), $$"""{"eos_token": "{{endToken}}"}""");
        return folder;
    }
}
