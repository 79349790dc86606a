namespace LeanTune.Checkpoints;

/// <summary>The ids of a vocabulary's special tokens, as GGUF's metadata give them.</summary>
internal sealed record GgufSpecialTokens(int? Bos, int? Eos, int? Unk, int? Pad, int? EndOfTurn, int? EndOfMessage)
{
    /// <summary>Every token that ends generation, the end of text first.</summary>
    public int[] Ends => [.. new[] { Eos, EndOfTurn, EndOfMessage }.OfType<int>().Distinct()];

    /// <exception cref="CheckpointFormatException">An id lies outside the vocabulary.</exception>
    public static GgufSpecialTokens Read(GgufMetadata metadata, int vocabulary)
    {
        return new(Id("bos"), Id("eos"), Id("unknown"), Id("padding"), Id("eot"), Id("eom"));

        int? Id(string name)
        {
            string key = $"tokenizer.ggml.{name}_token_id";
            return metadata.Integer(key) switch
            {
                null => null,
                >= 0 and long id when id < vocabulary => (int)id,
                // Converters write −1, also as an unsigned number, for "none".
                -1 or uint.MaxValue => null,
                long other => throw metadata.Wrong(key, $"an id below {vocabulary}", other),
            };
        }
    }
}
