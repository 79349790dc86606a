namespace LeanTune.Data;

/// <summary>Turns text into token ids: what reading examples needs of a tokenizer, and no more.</summary>
/// <remarks>Called from one thread at a time.</remarks>
public interface ITextEncoder
{
    /// <summary>Token before every example and text file, or null when the tokenizer's own post-processor adds none.</summary>
    int? BeginToken { get; }

    /// <summary>Token that ends a completion, or null when the tokenizer names none.</summary>
    int? EndToken { get; }

    /// <summary>Encodes a text without adding tokens; special tokens that are spelt out in the text become their ids.</summary>
    EncodedText Encode(string text);
}
