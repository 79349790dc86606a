namespace LeanTune.Adapters.Peft;

/// <summary>Adapter settings that contradict each other or do not fit the model; the message names the setting, the module and what was expected.</summary>
/// <remarks>A damaged or unsupported file is a <see cref="Checkpoints.CheckpointFormatException"/> instead.</remarks>
public sealed class AdapterException : Exception
{
    /// <summary>Makes the exception.</summary>
    public AdapterException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
