using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>New tokens of a model: rows that the embedding and the head have no values for yet.</summary>
/// <remarks>
/// A new row starts at the mean of the rows that the tokenizer knows (J. Hewitt, "Initializing New Word Embeddings for Pretrained Language Models", 2021): before training, no new
/// token is then likelier than the average one, where random rows may take much of the probability. Models often have more rows than tokens; new tokens take those first, at the
/// same start.
/// </remarks>
/// <param name="Known">How many first rows belong to known tokens: those that the mean is of.</param>
/// <param name="Tokens">Ids of the new tokens.</param>
/// <param name="Rows">V of the grown model; no smaller than the model's own.</param>
public sealed record VocabularyGrowth(int Known, IReadOnlyList<int> Tokens, int Rows)
{
    private const long MostRowsAtOnce = 4096;

    /// <summary>Grows a table in its own data type.</summary>
    /// <param name="table">(V, C). Taken over: where it has rows enough, its own are changed and it is returned.</param>
    /// <returns>(<see cref="Rows"/>, C); the caller disposes it.</returns>
    public Tensor Grow(Tensor table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long own = table.shape[0], width = table.shape[1];
        Tensor mean = Mean(table).to(table.dtype).to(table.device); // (C)
        Tensor grown = table;
        if (Rows > own)
        {
            grown = empty(Rows, width, table.dtype, table.device).DetachFromDisposeScope();
            grown.narrow(0, 0, own).copy_(table);
            grown.narrow(0, own, Rows - own).copy_(mean.expand(Rows - own, width));
            table.Dispose();
        }

        foreach (int token in Tokens) grown.narrow(0, token, 1).copy_(mean.unsqueeze(0));
        return grown;
    }

    /// <summary>The mean of the known rows, summed in fp64 a few rows at a time.</summary>
    private Tensor Mean(Tensor table)
    {
        long known = Math.Min(Known, table.shape[0]);
        Tensor sum = zeros(table.shape[1], ScalarType.Float64, table.device);
        for (long first = 0; first < known; first += MostRowsAtOnce)
        {
            using DisposeScope inner = NewDisposeScope();
            sum.add_(table.narrow(0, first, Math.Min(MostRowsAtOnce, known - first)).to(ScalarType.Float64).sum(dim: 0));
        }

        return sum.div_(Math.Max(1, known));
    }
}
