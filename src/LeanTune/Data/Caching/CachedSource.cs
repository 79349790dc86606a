namespace LeanTune.Data;

/// <summary>All that reading a source came to: what a cache gives back in its stead.</summary>
/// <param name="Examples">The examples, in order.</param>
/// <param name="Dropped">What was left out.</param>
/// <param name="IsStream">Whether the examples are windows of running text.</param>
/// <param name="Notices">What was said meanwhile.</param>
/// <param name="Conversations">What was noticed of conversations.</param>
internal sealed record CachedSource(
    IReadOnlyList<TokenizedExample> Examples, IReadOnlyList<DroppedExample> Dropped, bool IsStream, IReadOnlyList<string> Notices, ConversationNotes Conversations);
