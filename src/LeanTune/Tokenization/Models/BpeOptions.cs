namespace LeanTune.Tokenization.Models;

/// <summary>The switches of a BPE model.</summary>
/// <param name="UnknownToken">Token of characters outside the vocabulary; null to drop them.</param>
/// <param name="ContinuingSubwordPrefix">Written before every symbol but a piece's first; may be empty.</param>
/// <param name="EndOfWordSuffix">Written behind a piece's last symbol; may be empty.</param>
/// <param name="FuseUnknown">Whether neighbouring unknown characters are one token.</param>
/// <param name="ByteFallback">Whether unknown characters are spelled in byte tokens.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token stays whole.</param>
internal sealed record BpeOptions(
    string? UnknownToken, string ContinuingSubwordPrefix, string EndOfWordSuffix, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);
