namespace LeanTune.Hub;

/// <summary>A failure that may pass: a lost connection, a busy server, a body that broke off. Asking again is worth it.</summary>
/// <param name="message">What happened, without a full stop.</param>
/// <param name="wait">How long the server asks to wait; null when it does not say.</param>
/// <param name="cause">What the network said.</param>
internal sealed class PassingException(string message, TimeSpan? wait = null, Exception? cause = null) : HubException(message, cause)
{
    public TimeSpan? AskedToWait { get; } = wait;

    /// <summary>What to do when it does not pass.</summary>
    public string Advice { get; init; } = "What was downloaded is kept: the same command continues it.";
}
