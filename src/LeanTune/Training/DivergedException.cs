namespace LeanTune.Training;

/// <summary>The loss or the gradients stopped being finite. The last checkpoint is untouched.</summary>
public sealed class DivergedException : Exception
{
    internal DivergedException(int step, double loss, double norm)
        : base($"step {step}: the loss is {loss} and the gradient norm {norm}; training stops before it harms the weights. " +
            "The last checkpoint is untouched. Try a lower learning rate, a longer warm-up, or model.dtype fp32.")
    {
    }
}
