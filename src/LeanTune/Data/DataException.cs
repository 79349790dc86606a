namespace LeanTune.Data;

/// <summary>Examples that cannot be used as they are; the message says file, line, what was expected and what to do. The command line ends with exit code 3.</summary>
public sealed class DataException : Exception
{
    /// <summary>Makes an error with a message for people.</summary>
    /// <param name="message">File, line and what was expected.</param>
    public DataException(string message) : base(message)
    {
    }

    /// <summary>Makes an error with a message for people and its cause.</summary>
    /// <param name="message">File, line and what was expected.</param>
    /// <param name="cause">What the operating system or a parser said.</param>
    public DataException(string message, Exception cause) : base(message, cause)
    {
    }
}
