namespace LeanTune.Cli.Commands.InspectData;

/// <summary>One bar.</summary>
/// <param name="From">Shortest length in it.</param>
/// <param name="To">Longest.</param>
/// <param name="Count">Examples.</param>
internal readonly record struct LengthRange(int From, int To, int Count);
