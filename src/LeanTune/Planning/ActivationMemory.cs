namespace LeanTune.Planning;

/// <summary>Expected activation memory of one micro-batch.</summary>
/// <param name="KeptBytes">Held at the end of the forward pass.</param>
/// <param name="PeakBytes">The highest within the step beyond what lived before it.</param>
/// <param name="PeakMoment">What is going on then.</param>
/// <param name="LogitsBytes">Of <paramref name="PeakBytes"/>, one chunk of logits; counted in the peak where <paramref name="PeakMoment"/> is the loss.</param>
/// <param name="TransientBytes">Of <paramref name="PeakBytes"/>, what is not kept.</param>
public sealed record ActivationMemory(long KeptBytes, long PeakBytes, StepMoment PeakMoment, long LogitsBytes, long TransientBytes);
