namespace LeanTune.Tokenization.AddedTokens;

/// <summary>A token that is cut out of the text before anything else happens to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether decoding may skip it.</param>
/// <param name="IsSingleWord">Whether it counts only where no word character touches it.</param>
/// <param name="StripsLeft">Whether it swallows blanks before it.</param>
/// <param name="StripsRight">Whether it swallows blanks behind it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalized text, in its own normalized form.</param>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsSingleWord, bool StripsLeft, bool StripsRight, bool IsNormalized);
