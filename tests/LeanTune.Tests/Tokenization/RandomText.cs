using CsCheck;

namespace LeanTune.Tests.Tokenization;

/// <summary>Generates text that tokenizers find hard: scripts, blanks, digits, marks, emoji, code and look-alikes of special tokens, mixed.</summary>
internal static class RandomText
{
    // Assigned code points of many scripts; unassigned ones depend on each engine's Unicode version.
    private static readonly (int Start, int End)[] Ranges =
    [
        (0x00, 0x7E), (0x20, 0x7E), (0x61, 0x7A), (0x30, 0x39), (0xA0, 0x17F), (0x1C4, 0x1CC), (0x2B0, 0x2DF), (0x300, 0x36F), (0x391, 0x3A1), (0x3B1, 0x3C9),
        (0x400, 0x45F), (0x5D0, 0x5EA), (0x621, 0x64A), (0x660, 0x669), (0x905, 0x939), (0x93E, 0x94D), (0xE01, 0xE30), (0x1100, 0x1112), (0x1161, 0x1175),
        (0x11A8, 0x11C2), (0x1E00, 0x1EFF), (0x2000, 0x2064), (0x2070, 0x2071), (0x20A0, 0x20AC), (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF), (0x2460, 0x24FF),
        (0x2581, 0x2581), (0x2600, 0x26FF), (0x3000, 0x3003), (0x3041, 0x3096), (0x30A1, 0x30FE), (0x3300, 0x3357), (0x4E00, 0x4E7F), (0xAC00, 0xAC7F), (0xE000, 0xE00F),
        (0xF900, 0xF90F), (0xFB00, 0xFB06), (0xFE0E, 0xFE0F), (0xFEFF, 0xFEFF), (0xFF01, 0xFF5E), (0xFFFC, 0xFFFD), (0x10330, 0x1034A), (0x1D400, 0x1D454), (0x1D7CE, 0x1D7FF),
        (0x1F130, 0x1F149), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F320), (0x1F3FB, 0x1F3FF), (0x1F600, 0x1F64F), (0x1F9D0, 0x1F9D6), (0x20000, 0x2000F), (0xE0020, 0xE0030), (0x10FFFD, 0x10FFFD),
    ];

    private static readonly string[] Fragments =
    [
        " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00A0", "\u2003", "\u3000", "the", " the", "The", "ing", "'s", "'LL", "don't", "n't", "I'm", "1", "42", "1234567", "3.14", "½", "²",
        "def f(x):\n    return x", "x != y;", "{\"a\": [1]}", "https://a.b/c?d=e", "snake_case", "<0x41>", "<0xF0>", "##", "##ing", "</w>", "▁", "▁▁", "Ġ", "Ċ", "é", "e\u0301", "Å", "A\u030A", "ﬁ",
        "ß", "İ", "ſ", "'ſ", "\u212A", "ΑΣ", "日本語", "안녕", "العربية", "שלום", "हिन्दी", "ไทย", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "👍🏽", "\u200D", "\u200B", "\uFFFD", "\0",
        "<s>", "</s>", "<unk>", "<pad>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "[CLS]", "[SEP]", "[MASK]", "<|begin_of_text|>", "<|eot_id|>", "<extra_id_0>", "<|im_", "<tool_call>", "</think>",
        "<lstrip>", "<rstrip>", "<sw>", "<norm>", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abababababababab", ".", ",", "!?", " .", " ,", "-----", "$5", "(a)",
    ];

    private static readonly Gen<string> CodePoint =
        Gen.OneOf([.. Ranges.Select(range => Gen.Int[range.Start, range.End])]).Select(char.ConvertFromUtf32);

    private static readonly Gen<string> Fragment =
        Gen.Frequency((5, Gen.OneOf(Fragments)), (3, CodePoint), (1, Gen.String[Gen.Char['a', 'z'], 1, 9]), (1, Gen.OneOf(" ", "\n", " ", "\t")));

    /// <summary>Texts of up to 40 fragments.</summary>
    public static readonly Gen<string> Any = Fragment.Array[0, 40].Select(string.Concat);
}
