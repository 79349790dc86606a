using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>Reads the rows of trained tokens from an adapter's tensor file, and names what is missing, left over or wrong.</summary>
internal static class TokenValuesReader
{
    /// <returns>One entry a table, in the file's data type; the caller disposes the tensors.</returns>
    /// <exception cref="CheckpointFormatException">See <see cref="PeftFolder.Read"/>.</exception>
    public static IReadOnlyList<TokenValues> Read(SafetensorsFile file, LoraConfig config)
    {
        List<(string Module, IReadOnlyList<int> Ids)> tables = [];
        foreach (string module in file.Names.Select(PeftKeys.ParseTokens).OfType<string>())
            tables.Add((module, Check(file, module, config)));
        foreach ((string entry, _) in config.TrainedTokens)
            if (tables.Count(table => TargetModules.EntryMatches(entry, table.Module)) is not 1 and var count)
                throw new CheckpointFormatException(file.Path, null, $"trainable_token_indices of {PeftKeys.ConfigFile} names '{entry}', of which {(count == 0 ? "there are no rows" : $"{count} modules have rows")}");
        List<TokenValues> values = [];
        try
        {
            foreach ((string module, IReadOnlyList<int> ids) in tables) values.Add(new(module, ids, FactorsReader.ReadFinite(file, PeftKeys.Tokens(module))));
            return values;
        }
        catch
        {
            foreach (TokenValues read in values) read.Values.Dispose();
            throw;
        }
    }

    private static IReadOnlyList<int> Check(SafetensorsFile file, string module, LoraConfig config)
    {
        string key = PeftKeys.Tokens(module);
        KeyValuePair<string, IReadOnlyList<int>> entry = config.TrainedTokens.FirstOrDefault(entry => TargetModules.EntryMatches(entry.Key, module));
        if (entry.Key is null) throw new CheckpointFormatException(file.Path, key, $"is left over: trainable_token_indices of {PeftKeys.ConfigFile} does not name its module");
        TensorInfo info = file.Info(key);
        if (info.Shape.Count != 2 || info.Shape[0] != entry.Value.Count || info.Count == 0)
            throw new CheckpointFormatException(file.Path, key, $"has shape ({string.Join(", ", info.Shape)}); expected ({entry.Value.Count}, width) for as many tokens of {PeftKeys.ConfigFile}");
        FactorsReader.CheckType(file, info);
        return entry.Value;
    }
}
