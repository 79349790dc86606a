namespace LeanTune.Models.Families;

/// <summary>Qwen2 and Qwen2.5: biases on query, key and value alone; late blocks may slide.</summary>
internal static class Qwen2Family
{
    public static DecoderConfig Read(ConfigReader config)
    {
        DecoderConfig common = CommonKeys.Read(config);
        return common with { QueryKeyValueBias = true, Windows = CommonKeys.SlidingWindows(config, common.Blocks) };
    }
}
