namespace LeanTune.Hub;

/// <summary>Something of the hub cannot be had: the message names the repository or file, what went wrong and what to do.</summary>
public class HubException : Exception
{
    /// <summary>Makes an error with a message for people.</summary>
    /// <param name="message">What went wrong and what to do.</param>
    public HubException(string message) : base(message)
    {
    }

    /// <summary>Makes an error with a message for people and its cause.</summary>
    /// <param name="message">What went wrong and what to do.</param>
    /// <param name="cause">What the network or the operating system said.</param>
    public HubException(string message, Exception? cause) : base(message, cause)
    {
    }
}
