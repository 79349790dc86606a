using LeanTune.Tokenization;

namespace LeanTune.Data;

/// <summary>Looks at tokenised examples for what makes fine-tuning fail without an error: before every run, and when data are inspected.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="vocabulary">Tokens that the model knows, or null when its configuration does not say.</param>
/// <param name="positions">Longest sequence that the model was made for, or null.</param>
internal sealed class DataChecks(Tokenizer tokenizer, int? vocabulary, int? positions)
{
    /// <summary>All that is to be said, what stops a run first.</summary>
    public IReadOnlyList<DataFinding> Find(ExampleSet train, ExampleSet held, ConversationEncoder conversations)
    {
        ExampleSet[] both = [train, held];
        DataFinding?[] found =
        [
            UnknownToken(both.SelectMany(set => set)), DoubleBegin([.. both.SelectMany(set => set)]), NoEnd(train), TooLong(both.SelectMany(set => set)),
            Repeats(train), Leakage(train, held), WithoutSystem(conversations), Unseen(train),
        ];
        return [.. found.OfType<DataFinding>().OrderByDescending(finding => finding.Stops)];
    }

    private DataFinding? UnknownToken(IEnumerable<TokenizedExample> examples)
    {
        if (vocabulary is not { } known)
            return null;
        HashSet<int> added = [.. tokenizer.Additions.Select(token => token.Id)]; // the model grows by them
        foreach (TokenizedExample example in examples)
            foreach (int id in example.Ids)
                if (id >= known && !added.Contains(id))
                    return new DataFinding(
                        $"{Place(example)}: holds token {id} ({Shown(id)}), but the model knows {known} tokens: tokenizer and model do not belong together", Stops: true);
        return null;
    }

    private DataFinding? DoubleBegin(IReadOnlyList<TokenizedExample> examples)
    {
        if (tokenizer.Special.BosId is not { } begin)
            return null;
        TokenizedExample[] twice = [.. examples.Where(example => example.Ids is [var first, var second, ..] && first == begin && second == begin)];
        if (twice.Length == 0)
            return null;
        bool all = twice.Length == examples.Count;
        return new DataFinding(
            $"{(all ? "all" : $"{twice.Length} of {examples.Count}")} examples begin with {Shown(begin)} twice, such as {Place(twice[0])}: take it out of the text or of the chat template", Stops: all);
    }

    private DataFinding? NoEnd(ExampleSet train)
    {
        int[] ends = [.. tokenizer.Special.EndTokens.Concat(tokenizer.Special.EosId is { } eos ? [eos] : Array.Empty<int>()).Distinct()];
        if (train.IsText || ends.Length == 0 || train.Any(example => TrainsOneOf(example, ends)))
            return null;
        return new DataFinding($"no example trains a token that ends generation ({string.Join(", ", ends.Select(Shown))}): the model is not taught when to stop");
    }

    private DataFinding? TooLong(IEnumerable<TokenizedExample> examples) =>
        positions is { } most && examples.MaxBy(example => example.Ids.Length) is { } longest && longest.Ids.Length > most
            ? new DataFinding($"{Place(longest)}: is {longest.Ids.Length} tokens long; the model was made for at most {most}")
            : null;

    // Windows of running text may well be equal.
    private static DataFinding? Repeats(ExampleSet train)
    {
        if (train.IsText)
            return null;
        var first = new Dictionary<ulong, TokenizedExample>();
        (int count, string such) = (0, "");
        foreach (TokenizedExample example in train)
            if (!first.TryAdd(example.ContentHash(), example) && count++ == 0)
                such = $"{Place(example)} is the same as {Place(first[example.ContentHash()])}";
        return count == 0 ? null : new DataFinding($"{count} of {train.Count} training examples repeat another: {such}");
    }

    private static DataFinding? Leakage(ExampleSet train, ExampleSet held)
    {
        if (held.Count == 0)
            return null;
        var trained = new Dictionary<ulong, TokenizedExample>();
        foreach (TokenizedExample example in train)
            trained.TryAdd(example.ContentHash(), example);
        TokenizedExample[] seen = [.. held.Where(example => trained.ContainsKey(example.ContentHash()))];
        return seen.Length == 0 ? null : new DataFinding(
            $"{seen.Length} of {held.Count} held-out examples are also trained on, such as {Place(seen[0])} as {Place(trained[seen[0].ContentHash()])}: the evaluation is too good by them");
    }

    private static DataFinding? WithoutSystem(ConversationEncoder conversations) => conversations.WithoutSystem == 0 ? null : new DataFinding(
        $"{conversations.WithoutSystem} conversations have a system message of which the chat template does not write the text, first {conversations.FirstWithoutSystem}: it is lost");

    private DataFinding? Unseen(ExampleSet train)
    {
        if (tokenizer.NewTokens.Count == 0)
            return null;
        HashSet<int> seen = [.. train.SelectMany(example => example.Ids)];
        SpecialToken[] unseen = [.. tokenizer.NewTokens.Where(token => !seen.Contains(token.Id!.Value))];
        return unseen.Length == 0 ? null : new DataFinding(
            $"no training example holds {string.Join(", ", unseen.Take(5).Select(token => $"'{token.Text}'"))}{(unseen.Length > 5 ? $" and {unseen.Length - 5} more" : "")} of data.new_tokens: the model does not learn what {(unseen.Length == 1 ? "it means" : "they mean")}");
    }

    private static bool TrainsOneOf(TokenizedExample example, int[] ids)
    {
        for (int t = 0; t < example.Ids.Length; t++)
            if (example.Supervised[t] && ids.Contains(example.Ids[t]))
                return true;
        return false;
    }

    private string Shown(int id) => tokenizer.IdToToken(id) is { } token ? $"'{token}'" : $"token {id}";

    private static RecordPlace Place(TokenizedExample example) => new(example.Source, example.Line);
}
