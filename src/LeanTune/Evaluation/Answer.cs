using LeanTune.Data;

namespace LeanTune.Evaluation;

/// <summary>An example as a question and its answer: the last stretch of targets, and all before it.</summary>
/// <param name="Prompt">Tokens before the answer; at least one.</param>
/// <param name="Target">Tokens of the answer; at least one.</param>
internal readonly record struct Answer(int[] Prompt, int[] Target)
{
    /// <summary>Divides an example; what follows its last target is left out.</summary>
    public static Answer Of(TokenizedExample example)
    {
        int end = Array.LastIndexOf(example.Supervised, true) + 1, start = end;
        while (start > 0 && example.Supervised[start - 1]) start--;
        return new Answer(example.Ids[..start], example.Ids[start..end]);
    }
}
