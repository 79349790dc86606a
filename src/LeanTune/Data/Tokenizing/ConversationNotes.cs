namespace LeanTune.Data;

/// <summary>What was noticed of a source's conversations while they became tokens.</summary>
/// <param name="Any">Whether there were any.</param>
/// <param name="WithoutSystem">Those whose system message the template left out.</param>
/// <param name="FirstWithoutSystem">The first of them.</param>
internal readonly record struct ConversationNotes(bool Any, int WithoutSystem, RecordPlace FirstWithoutSystem);
