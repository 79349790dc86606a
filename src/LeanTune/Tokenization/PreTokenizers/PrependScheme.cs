namespace LeanTune.Tokenization.PreTokenizers;

/// <summary>Which pieces of a text get SentencePiece's visible space before them. Names as in tokenizer.json.</summary>
internal enum PrependScheme
{
    /// <summary>Every piece between added tokens.</summary>
    Always,

    /// <summary>Only the one that begins the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
