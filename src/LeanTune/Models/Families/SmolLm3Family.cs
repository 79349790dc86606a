namespace LeanTune.Models.Families;

/// <summary>SmolLM3: some blocks see no positions.</summary>
internal static class SmolLm3Family
{
    public static DecoderConfig Read(ConfigReader config)
    {
        DecoderConfig common = CommonKeys.Read(config, defaultTheta: 2_000_000);
        bool bias = config.Flag("attention_bias", false);
        int interval = config.Count("no_rope_layer_interval", 4);
        // 1 means rotated, despite the key's name; without the list every interval-th block is left unrotated.
        IReadOnlyList<int?> listed = config.PerBlock<int?>("no_rope_layers", common.Blocks, entry => entry.TryGetInt32(out int flag) ? flag : null, "0 or 1") ?? [];
        return common with
        {
            QueryKeyValueBias = bias,
            OutputBias = bias,
            FeedForwardBias = config.Flag("mlp_bias", false),
            Rotated = [.. Enumerable.Range(0, common.Blocks).Select(block => listed.Count > 0 ? listed[block] == 1 : (block + 1) % interval != 0)],
            Windows = CommonKeys.SlidingWindows(config, common.Blocks),
        };
    }
}
