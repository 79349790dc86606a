using LeanTune.ChatTemplates.Jinja.Runtime;

namespace LeanTune.ChatTemplates.Spans;

/// <summary>Finds what a template writes for the assistant to go on from.</summary>
internal static class GenerationPrompt
{
    /// <summary>The prompt before a turn; "" when the template writes none, null when it cannot be told.</summary>
    /// <param name="renderer">Renders the messages before the turn.</param>
    /// <param name="whole">The whole conversation.</param>
    /// <param name="turn">The turn.</param>
    public static string? Find(ConversationRenderer renderer, Rendering whole, TextRange turn)
    {
        // A template may refuse to begin with nothing; then the prompt behind all messages must do.
        int count = turn.Message;
        if ((count == 0 ? null : renderer.TryRenderFirst(count, withPrompt: true)) is not Rendering prompted)
        {
            count = renderer.Messages.Count;
            if (renderer.TryRenderFirst(count, withPrompt: true) is not Rendering behindAll)
                return null;
            prompted = behindAll;
        }
        else if (prompted.Text.Length >= turn.Start && prompted.Text.AsSpan(0, turn.Start).SequenceEqual(whole.Text.AsSpan(0, turn.Start))
            && whole.Text.AsSpan(turn.Start).StartsWith(prompted.Text.AsSpan(turn.Start)))
        {
            return prompted.Text[turn.Start..];
        }

        return renderer.TryRenderFirst(count, withPrompt: false) is Rendering plain && prompted.Text.StartsWith(plain.Text, StringComparison.Ordinal)
            ? prompted.Text[plain.Text.Length..]
            : null;
    }
}
