namespace LeanTune.Models.Families;

/// <summary>Qwen3: queries and keys are normalised per head; biases by a switch.</summary>
internal static class Qwen3Family
{
    public static DecoderConfig Read(ConfigReader config)
    {
        DecoderConfig common = CommonKeys.Read(config);
        bool bias = config.Flag("attention_bias", false);
        return common with
        {
            QueryKeyValueBias = bias,
            OutputBias = bias,
            QueryKeyNorm = true,
            HeadWidth = config.Count("head_dim", 128),
            Windows = CommonKeys.SlidingWindows(config, common.Blocks),
        };
    }
}
