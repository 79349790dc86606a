using System.Globalization;
using System.Text.Json;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Hub;
using LeanTune.Models;
using LeanTune.Models.Families;

namespace LeanTune.Cli.Commands.Memory;

/// <summary>Finds a model's shapes: in a folder, in a config.json, on the hub, or in a list of numbers.</summary>
internal static class ModelShapes
{
    /// <summary>Shapes as a list.</summary>
    public const string Example = "width=2048,feed=5632,blocks=22,heads=32,kv=4,vocab=32000";

    private static readonly string[] s_keys = ["width", "feed", "blocks", "heads", "kv", "vocab", "head", "tied"];

    /// <summary>Reads shapes.</summary>
    /// <exception cref="UsageException">They are nowhere, or not complete.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">config.json is damaged, or of an unknown family.</exception>
    /// <exception cref="HubException">The hub has no such model.</exception>
    public static DecoderConfig Read(string model, HubFiles hub)
    {
        if (model.Contains('=', StringComparison.Ordinal)) return Parse(model);
        string path = hub.Model(model, ModelPart.Config);
        if (!Path.Exists(path))
            throw new UsageException($"{model}: no such folder (looked for '{Path.GetFullPath(model)}'), nor shapes such as {Example}{NearbyFile.Hint(model)}");
        string file = Directory.Exists(path) ? Path.Combine(path, "config.json") : path;
        if (!File.Exists(file)) throw new UsageException($"{model}: has no config.json");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            return DecoderFamilies.Read(json.RootElement, file);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file}: is not JSON (line {e.LineNumber + 1}): {e.Message}");
        }
    }

    private static DecoderConfig Parse(string list)
    {
        Dictionary<string, int> numbers = [];
        foreach (string entry in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = entry.Split('=', 2);
            if (!s_keys.Contains(pair[0])) throw new UsageException($"'{entry}': expected one of {string.Join(", ", s_keys)} with a number, such as {Example}{NearestSpelling.Hint(pair[0], s_keys)}");
            if (pair.Length < 2 || !int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || (number < 1 && pair[0] != "tied"))
                throw new UsageException($"'{entry}': expected a whole number from 1 after '{pair[0]}='");
            numbers[pair[0]] = number;
        }

        string[] missing = [.. s_keys.Take(6).Where(key => !numbers.ContainsKey(key))];
        if (missing.Length > 0) throw new UsageException($"'{list}': {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing; expected shapes such as {Example}");
        (int width, int heads, int kv, int blocks) = (numbers["width"], numbers["heads"], numbers["kv"], numbers["blocks"]);
        if (heads % kv != 0) throw new UsageException($"'{list}': heads ({heads}) must be a multiple of kv ({kv})");
        if (!numbers.ContainsKey("head") && width % heads != 0) throw new UsageException($"'{list}': width ({width}) is no multiple of heads ({heads}): add head=, the width of a head");
        return new DecoderConfig
        {
            ModelType = "llama", Vocabulary = numbers["vocab"], Width = width, FeedForward = numbers["feed"], Blocks = blocks, Heads = heads, KeyValueHeads = kv,
            HeadWidth = numbers.GetValueOrDefault("head", width / heads), NormEpsilon = 1e-5, Rotary = new RotaryConfig(10_000), MaxPositions = int.MaxValue,
            TiedEmbeddings = numbers.GetValueOrDefault("tied") != 0, Windows = [.. Enumerable.Repeat<int?>(null, blocks)], Rotated = [.. Enumerable.Repeat(true, blocks)],
        };
    }
}
