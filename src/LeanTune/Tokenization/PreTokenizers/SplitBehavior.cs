namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>What becomes of the matches that a text is split at. Names as in tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Adjacent matches are one piece.</summary>
    Contiguous,
}
