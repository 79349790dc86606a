namespace LeanTune.Checkpoints;

/// <summary>
/// A model file that breaks its format: the message names the file, the place in it, what is wrong and what was expected.
/// </summary>
public sealed class CheckpointFormatException : Exception
{
    /// <summary>Builds the complete message from its parts.</summary>
    /// <param name="file">The file, as full as it is known.</param>
    /// <param name="place">The key, tensor or byte offset; null when the file as a whole is meant.</param>
    /// <param name="problem">What is wrong and what was expected, without a full stop.</param>
    /// <param name="innerException">The cause, if any.</param>
    public CheckpointFormatException(string file, string? place, string problem, Exception? innerException = null)
        : base(place is null ? $"{file}: {problem}." : $"{file}: {Shorten(place)}: {problem}.", innerException)
    {
        File = file;
        Place = place;
    }

    /// <summary>The file that is wrong.</summary>
    public string File { get; }

    /// <summary>The key, tensor or byte offset that is wrong; null when the file as a whole is meant.</summary>
    public string? Place { get; }

    /// <summary>Cuts names from hostile files to a length that fits a message, and hides their control characters.</summary>
    internal static string Shorten(string text)
    {
        const int limit = 200;
        string shown = text.Length <= limit ? text : string.Concat(text.AsSpan(0, limit), "…");
        return string.Create(shown.Length, shown, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }
}
