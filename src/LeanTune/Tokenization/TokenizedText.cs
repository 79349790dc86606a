namespace LeanTune.Tokenization;

/// <summary>What the tokenizer makes of a text: ids, where each comes from, and which of them the post-processor added.</summary>
/// <remarks>All arrays have one entry a token.</remarks>
public sealed class TokenizedText
{
    internal TokenizedText(int[] ids, (int Start, int End)[] offsets, int[] typeIds, bool[] specialMask)
    {
        Ids = ids;
        Offsets = offsets;
        TypeIds = typeIds;
        SpecialMask = specialMask;
    }

    /// <summary>Token ids.</summary>
    public int[] Ids { get; }

    /// <summary>Half-open ranges in Unicode code points of the original text (of its own text, for a pair); (0, 0) for a token that the post-processor added.</summary>
    public (int Start, int End)[] Offsets { get; }

    /// <summary>Which segment a token belongs to, as the post-processor says.</summary>
    public int[] TypeIds { get; }

    /// <summary>True where the post-processor added the token; false for a special token that was written in the text.</summary>
    public bool[] SpecialMask { get; }
}
