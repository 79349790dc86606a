namespace LeanTune.ChatTemplates;

/// <summary>A rendered conversation as tokens.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Supervised">Which tokens are trained; one flag a token.</param>
public sealed record TokenizedChat(int[] Ids, bool[] Supervised);
