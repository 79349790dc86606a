namespace LeanTune.Activations;

/// <summary>How much of an activation the backward pass gets back.</summary>
/// <param name="Site">Where the tensor stands.</param>
/// <param name="Rank">Directions that were kept of it, or of its difference to the one before; null where the form that was kept has none.</param>
/// <param name="LostEnergy">‖x − x̂‖² / ‖x‖² over its real rows, x̂ being what is restored: 0 where nothing is lost. NaN where x holds numbers that are not finite.</param>
public readonly record struct SavedFidelity(ActivationSite Site, int? Rank, double LostEnergy);
