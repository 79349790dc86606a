namespace LeanTune.Models.Families;

/// <summary>Llama 2, 3, 3.1, 3.2, SmolLM and SmolLM2: biases by two switches.</summary>
internal static class LlamaFamily
{
    public static DecoderConfig Read(ConfigReader config)
    {
        bool attentionBias = config.Flag("attention_bias", false);
        return CommonKeys.Read(config) with
        {
            QueryKeyValueBias = attentionBias,
            OutputBias = attentionBias,
            FeedForwardBias = config.Flag("mlp_bias", false),
        };
    }
}
