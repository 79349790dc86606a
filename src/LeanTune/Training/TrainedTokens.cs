using LeanTune.Adapters.Peft;
using LeanTune.Models;
using LeanTune.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>The rows of new tokens among what a run trains beside its adapter: where they start, their place in the model, and how an adapter's file holds them.</summary>
internal static class TrainedTokens
{
    /// <summary>Modules of the tables that have a row for each token.</summary>
    public static IEnumerable<string> Tables(DecoderConfig config) =>
        config.TiedEmbeddings ? [DecoderNames.EmbeddingModule] : [DecoderNames.EmbeddingModule, DecoderNames.HeadModule];

    /// <summary>Start values of all tokens that a configuration trains: an adapter's own rows, or those of the model's tables.</summary>
    /// <param name="model">Grown already. Borrowed.</param>
    /// <param name="config">Which tokens.</param>
    /// <param name="continued">Rows of an adapter that is continued; their tokens come first in its tables.</param>
    /// <returns>(n, C) in fp32 for each table; the caller disposes them.</returns>
    public static IReadOnlyList<TokenValues> Start(Decoder model, LoraConfig config, IReadOnlyList<TokenValues> continued)
    {
        using IDisposable quiet = no_grad();
        List<TokenValues> start = [];
        foreach ((string module, Tensor table) in model.TokenTables)
        {
            if (config.TrainedTokens.FirstOrDefault(entry => TargetModules.EntryMatches(entry.Key, module)).Value is not { } ids) continue;
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = table.index_select(0, tensor(ids.Select(id => (long)id).ToArray(), device: table.device)).to(ScalarType.Float32); // (n, C)
            if (continued.FirstOrDefault(values => values.Module == module).Values is { } own) rows.narrow(0, 0, own.shape[0]).copy_(own);
            start.Add(new TokenValues(module, ids, rows.clone().DetachFromDisposeScope()));
        }

        return start;
    }

    /// <summary>Puts the trained rows into the model.</summary>
    /// <param name="model">The model. Borrowed.</param>
    /// <param name="tables">Which tokens of which table.</param>
    /// <param name="parameters">Holds the rows under <see cref="Key"/>. Borrowed.</param>
    public static void Attach(Decoder model, IEnumerable<TokenValues> tables, FlatParameters parameters)
    {
        foreach (TokenValues values in tables)
        {
            TokenRows rows = new(model.TokenTables.Single(table => table.Module == values.Module).Table, values.Ids, parameters.ByName[Key(values.Module)]);
            if (values.Module == DecoderNames.HeadModule) model.HeadRows = rows;
            else
            {
                model.EmbeddingRows = rows;
                if (model.Config.TiedEmbeddings) model.HeadRows = rows;
            }
        }
    }

    /// <summary>The trained rows as PEFT files hold them. Borrowed.</summary>
    public static IReadOnlyList<TokenValues> Of(LoraConfig config, DecoderConfig model, FlatParameters parameters) =>
        [.. from module in Tables(model)
            let ids = config.TrainedTokens.FirstOrDefault(entry => TargetModules.EntryMatches(entry.Key, module)).Value
            where ids is not null
            select new TokenValues(module, ids, parameters.ByName[Key(module)])];

    /// <summary>Name of a table's rows among the parameters.</summary>
    public static string Key(string module) => $"{module}.trained_tokens";
}
