using LeanTune.Activations;

namespace LeanTune.Models.Blocks;

/// <summary>What of a sublayer is computed at once.</summary>
/// <param name="Rows">Which rows.</param>
/// <param name="FirstHead">The first key/value head; 0 in an MLP.</param>
/// <param name="Heads">How many key/value heads, each with its group of queries; 0 in an MLP.</param>
internal readonly record struct SublayerPart(RowTile Rows, int FirstHead = 0, int Heads = 0);
