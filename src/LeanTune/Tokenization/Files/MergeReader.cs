using System.Text.Json;
using LeanTune.Tokenization.Models;
using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>merges</c> of a BPE model: pairs, or in older files strings of two tokens with a space between them.</summary>
internal static class MergeReader
{
    /// <summary>Rank and merged id of each pair of ids.</summary>
    /// <param name="node">The list.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="prefix">What a continuing token begins with, and loses when it is merged; may be empty.</param>
    public static PairTable Read(JsonNode node, Vocabulary vocabulary, string prefix)
    {
        if (node.Kind != JsonValueKind.Array)
            throw node.Error($"expected a list of merges, found {node.Shown}");
        PairTable merges = new(node.Element.GetArrayLength());
        int rank = 0;
        int index = 0;
        foreach (JsonElement entry in node.Element.EnumerateArray())
        {
            string place = $"[{index++}]";
            if (IsHeader(entry))
                continue;
            (string left, string right) = Parts(entry) ?? throw node.Error(place, "expected two tokens, [\"a\", \"b\"] or \"a b\"");
            if (!right.StartsWith(prefix, StringComparison.Ordinal))
                throw node.Error(place, $"'{right}' continues a word but does not begin with '{prefix}'");
            merges.Set(IdOf(left), IdOf(right), rank++, IdOf(left + right[prefix.Length..]));

            int IdOf(string token) => vocabulary.IdOf(token) ?? throw node.Error(place, $"the merge needs the token '{token}', which is not in the vocabulary");
        }
        return merges;
    }

    private static bool IsHeader(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.String && JsonNode.Text(entry)?.StartsWith("#version", StringComparison.Ordinal) == true;

    private static (string Left, string Right)? Parts(JsonElement entry)
    {
        if (entry.ValueKind == JsonValueKind.String && JsonNode.Text(entry)?.Split(' ') is [string left, string right])
            return (left, right);
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2 && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.String
            && JsonNode.Text(entry[0]) is string first && JsonNode.Text(entry[1]) is string second)
            return (first, second);
        return null;
    }
}
