using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>A run would not fit into its memory: found out before the first step, and mostly before any weight is read.</summary>
/// <param name="message">What was expected and what there is.</param>
/// <param name="waysOut">The cheapest changes that make it fit.</param>
public sealed class MemoryForecastException(string message, IReadOnlyList<WayOut> waysOut) : Exception(message)
{
    /// <summary>The cheapest changes that make it fit, or, where none does, that help most.</summary>
    public IReadOnlyList<WayOut> WaysOut { get; } = waysOut;
}

/// <summary>A change of the recipe that lowers memory.</summary>
/// <param name="Change">As it is written in a recipe: <c>activations.fidelity: small</c>.</param>
/// <param name="Memory">What the process then takes at most.</param>
/// <param name="Cost">What it costs, for people.</param>
public sealed record WayOut(string Change, ProcessEstimate Memory, string Cost);
