using System.Text.Json;
using LeanTune.Tokenization.Models;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>vocab</c> of a model.</summary>
internal static class VocabularyReader
{
    /// <summary>The highest id that a vocabulary of so many tokens may have: some gaps are normal, but a table of two billion rows is not.</summary>
    public static int HighestId(int tokens) => (int)Math.Min(4L * tokens + 65_536, int.MaxValue - 1);

    /// <summary>Reads an object of tokens and ids.</summary>
    public static Vocabulary Read(JsonNode node)
    {
        if (node.Kind != JsonValueKind.Object)
            throw node.Error($"expected an object of tokens and ids, found {node.Shown}");
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        int highest = -1;
        foreach (JsonProperty member in node.Element.EnumerateObject())
        {
            string token = JsonNode.NameOf(member, node);
            if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt32(out int id) || id < 0)
                throw node.Error($"['{token}']", $"expected an id, a whole number that is not negative, found {member.Value.GetRawText()}");
            if (!ids.TryAdd(token, id))
                throw node.Error($"['{token}']", "the token is there twice");
            highest = Math.Max(highest, id);
        }

        int limit = HighestId(ids.Count);
        if (highest > limit)
            throw node.Error($"the id {highest} is out of range: {ids.Count} tokens may have ids up to {limit}");
        string?[] tokens = new string?[highest + 1];
        foreach ((string token, int id) in ids)
        {
            if (tokens[id] is string other)
                throw node.Error($"['{token}']", $"the id {id} is also that of '{other}'");
            tokens[id] = token;
        }
        return new Vocabulary(ids, tokens);
    }

    /// <summary>Reads a list of tokens and scores; the ids are the places in the list.</summary>
    public static (Vocabulary Vocabulary, double[] Scores) ReadScored(JsonNode node)
    {
        if (node.Kind != JsonValueKind.Array)
            throw node.Error($"expected a list of [token, score] pairs, found {node.Shown}");
        int count = node.Element.GetArrayLength();
        Dictionary<string, int> ids = new(count, StringComparer.Ordinal);
        string?[] tokens = new string?[count];
        double[] scores = new double[count];
        int id = 0;
        foreach (JsonElement entry in node.Element.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2 || entry[0].ValueKind != JsonValueKind.String
                || entry[1].ValueKind != JsonValueKind.Number || !double.IsFinite(scores[id] = ScoreReader.Read(entry[1].GetRawText())) || JsonNode.Text(entry[0]) is not string token)
                throw node.Error($"[{id}]", "expected [token, score], a string and a finite number");
            tokens[id] = token;
            ids[token] = id++;
        }
        return (new Vocabulary(ids, tokens), scores);
    }
}
