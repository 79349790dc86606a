namespace LeanTune.Data;

/// <summary>What became of the records of a data set.</summary>
/// <param name="Read">Records read, or windows cut: kept and dropped.</param>
/// <param name="Truncated">Kept examples whose end was cut off to fit the longest length.</param>
/// <param name="Dropped">Examples left out because no supervised token remained.</param>
/// <param name="Tokens">Tokens of the kept examples.</param>
/// <param name="SupervisedTokens">Tokens of the kept examples that are targets.</param>
public sealed record DatasetCounts(int Read, int Truncated, int Dropped, long Tokens, long SupervisedTokens);
