namespace LeanTune.Cli.Tests.Commands;

/// <summary>A folder with a model too small to be good at anything, its examples, and a recipe that trains it from random weights.</summary>
internal static class TinyModel
{
    public static void Prepare(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File("base"));
        string source = Path.Combine(Repository.Root, "recipes", "pretrain", "tiny-llama");
        foreach (string name in new[] { "tokenizer.json", "tokenizer_config.json", "generation_config.json" })
            File.Copy(Path.Combine(source, name), folder.File($"base/{name}"));
        File.WriteAllText(folder.File("base/config.json"), """
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 4096, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
              "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 64, "hidden_act": "silu", "max_position_embeddings": 128, "rms_norm_eps": 1e-5,
              "rope_theta": 10000.0, "initializer_range": 0.02, "tie_word_embeddings": true, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0
            }
            """);
        File.WriteAllText(folder.File("text.txt"), string.Concat(Enumerable.Repeat("The whale swam on, and the ship followed it through the night. ", 60)));
        File.WriteAllText(folder.File("pretrain.yaml"), $$"""
            model: {path: base, start: random}
            data: {train: text.txt, validation_share: 0.2, max_length: 32}
            adapter: {method: full}
            training: {steps: 3, batch_size: 2}
            output: {{folder.File("pre")}}
            """);
        File.WriteAllText(folder.File("tune.yaml"), $$"""
            model: {path: pre/model, dtype: fp32}
            data: {train: text.txt, validation_share: 0.2, max_length: 32}
            training: {steps: 2, batch_size: 2, compare_memory: true}
            sample: {prompt: The whale, max_new_tokens: 4}
            output: {{folder.File("run")}}
            """);
    }

    /// <summary>Adds conversations and a chat template, which the model has not.</summary>
    /// <returns>The keys that train on them.</returns>
    public static string[] PrepareConversations(TemporaryFolder folder)
    {
        Prepare(folder);
        File.WriteAllLines(folder.File("chat.jsonl"), Enumerable.Range(1, 8).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "How many whales? {{i}}"}, {"role": "assistant", "content": "There are {{i}}."}]}"""));
        File.Copy(Repository.Fixture("chat/templates/chatml.jinja"), folder.File("chatml.jinja"));
        return ["data.train=chat.jsonl", "data.max_length=64"];
    }
}
