namespace LeanTune.Training;

/// <summary>The loss, on training or held-out examples, or the gradients stopped being finite. The last checkpoint is untouched.</summary>
public sealed class DivergedException : Exception
{
    internal DivergedException(int step, double loss, double norm)
        : base($"step {step}: the loss is {loss} and the gradient norm {norm}; training stops before it harms the weights. " +
            "The last checkpoint is untouched. Try a lower learning rate, a longer warm-up, or model.dtype fp32.")
    {
    }

    internal DivergedException(int step, double heldOutLoss)
        : base($"step {step}: the loss on the held-out examples is {heldOutLoss}; training stops. The last checkpoint is untouched. " +
            (step == 0 ? "The model gives such a loss before any training: are its weights whole?" : "Try a lower learning rate, a longer warm-up, or model.dtype fp32."))
    {
    }
}
