namespace LeanTune.Tokenization;

/// <summary>Says that a tokenizer's file cannot be used: which file, which JSON path, and what was expected there.</summary>
public sealed class TokenizerFormatException : Exception
{
    /// <summary>Makes the error for one place of one file.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="jsonPath">Where in the file, as in <c>$.model.merges[12]</c>; <c>$</c> for the whole file.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="inner">The error below this one, if any.</param>
    public TokenizerFormatException(string file, string jsonPath, string problem, Exception? inner = null)
        : base($"{file}: {jsonPath}: {problem}", inner)
    {
        File = file;
        JsonPath = jsonPath;
    }

    /// <summary>Full path of the file.</summary>
    public string File { get; }

    /// <summary>Place in the file, as in <c>$.model.vocab</c>.</summary>
    public string JsonPath { get; }
}
