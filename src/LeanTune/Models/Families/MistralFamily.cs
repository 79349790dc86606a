namespace LeanTune.Models.Families;

/// <summary>Mistral: one sliding window in every block, where the config names one.</summary>
internal static class MistralFamily
{
    public static DecoderConfig Read(ConfigReader config)
    {
        DecoderConfig common = CommonKeys.Read(config);
        int? window = config.Has("sliding_window") ? config.Count("sliding_window") : null;
        return common with { Windows = [.. Enumerable.Repeat(window, common.Blocks)] };
    }
}
