namespace LeanTune.Tokenization;

/// <summary>The special tokens of a model, from tokenizer_config.json, special_tokens_map.json, generation_config.json and config.json.</summary>
public sealed class SpecialTokens
{
    internal SpecialTokens(SpecialToken? bos, SpecialToken? eos, SpecialToken? pad, SpecialToken? unknown, IReadOnlyList<int> endTokens, IReadOnlyList<int>? strangeEndTokens = null)
    {
        Bos = bos;
        Eos = eos;
        Pad = pad;
        Unk = unknown;
        EndTokens = endTokens;
        StrangeEndTokens = strangeEndTokens ?? [];
    }

    /// <summary>Begins a text, or null.</summary>
    public SpecialToken? Bos { get; }

    /// <summary>Ends a text, or null.</summary>
    public SpecialToken? Eos { get; }

    /// <summary>Fills a batch up, or null.</summary>
    public SpecialToken? Pad { get; }

    /// <summary>Stands for what the vocabulary lacks, or null.</summary>
    public SpecialToken? Unk { get; }

    /// <summary>Id of <see cref="Bos"/>, or null when the files name none or it is no token.</summary>
    public int? BosId => Bos?.Id;

    /// <summary>Id of <see cref="Eos"/>, or null.</summary>
    public int? EosId => Eos?.Id;

    /// <summary>Id of <see cref="Pad"/>, or null.</summary>
    public int? PadId => Pad?.Id;

    /// <summary>Id of <see cref="Unk"/>, or null.</summary>
    public int? UnkId => Unk?.Id;

    /// <summary>Every token that ends generation, without repeats: those of generation_config.json, then config.json's, then <see cref="Eos"/>.</summary>
    public IReadOnlyList<int> EndTokens { get; }

    /// <summary>Those of <see cref="EndTokens"/> that the tokenizer has no token for: most likely the files belong to another model.</summary>
    public IReadOnlyList<int> StrangeEndTokens { get; }

    /// <summary>What to tell the user about <see cref="StrangeEndTokens"/>; null where there are none.</summary>
    public string? Doubt => StrangeEndTokens.Count == 0
        ? null
        : $"generation_config.json or config.json ends texts with token {string.Join(" and ", StrangeEndTokens)}, which the tokenizer does not have: do the files belong to one model?";

    /// <summary>The same special tokens with one more end token: the chat template's end of turn.</summary>
    /// <param name="id">Its id.</param>
    public SpecialTokens WithEndToken(int id) =>
        EndTokens.Contains(id) ? this : new SpecialTokens(Bos, Eos, Pad, Unk, [.. EndTokens, id], StrangeEndTokens);
}
