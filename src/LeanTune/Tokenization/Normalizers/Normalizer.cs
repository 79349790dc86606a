using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>A stage that rewrites a text before it is split, and keeps track of where each code point comes from. Stateless, so safe for concurrent use.</summary>
internal abstract class Normalizer
{
    /// <summary>The rewritten text; the same instance when nothing changes.</summary>
    public abstract AlignedText Normalize(AlignedText text);
}
