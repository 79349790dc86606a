namespace LeanTune.Training;

/// <summary>The loss, on training or held-out examples, or the gradients stopped being finite. The last checkpoint is untouched.</summary>
public sealed class DivergedException : Exception
{
    internal DivergedException(int step, double loss, double norm, string? folder)
        : base($"step {step}: the loss is {loss} and the gradient norm {norm}; training stops before it harms the weights. " +
            "The last checkpoint is untouched. Try a lower learning rate, a longer warm-up, or model.dtype fp32." +
            (folder is null ? "" : $" The step's batches and the weights before it are in '{folder}': 'leantune train RECIPE --replay {folder}' runs them again and says which gradients are not finite.")) =>
        Folder = folder;

    /// <summary>Folder with the step's batches and the weights before it, for <see cref="FineTuner.LookAtBatch"/>; null where there is none.</summary>
    public string? Folder { get; }

    internal DivergedException(int step, double heldOutLoss)
        : base($"step {step}: the loss on the held-out examples is {heldOutLoss}; training stops. The last checkpoint is untouched. " +
            (step == 0 ? "The model gives such a loss before any training: are its weights whole?" : "Try a lower learning rate, a longer warm-up, or model.dtype fp32."))
    {
    }
}
