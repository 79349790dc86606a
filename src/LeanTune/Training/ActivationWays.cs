using LeanTune.Activations;
using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>Ways of running blocks by the words of recipes.</summary>
public static class ActivationWays
{
    /// <summary>A mode at a fidelity.</summary>
    public static BlockWay Of(ActivationMode mode, Fidelity fidelity) =>
        mode == ActivationMode.None ? BlockWay.Plain : ActivationPlans.WayOf(new ActivationOptions { Mode = mode, Fidelity = fidelity });
}
