using LeanTune.Activations;

namespace LeanTune.Planning;

/// <summary>How a run goes through its batches: what a planner chooses.</summary>
/// <param name="Stretches">Ways of running blocks, from the first block on, with how many blocks run so.</param>
/// <param name="MicroBatch">Sequences that go through the model at once; a batch of more is cut.</param>
/// <param name="TileBytes">Bytes that the insides of one block may take.</param>
/// <param name="TightHeap">Whether freed memory goes back to the system at once: less of it lies idle between what lives, and steps take longer.</param>
public sealed record RunPlan(IReadOnlyList<(BlockWay Way, int Blocks)> Stretches, long MicroBatch, long TileBytes, bool TightHeap = false)
{
    /// <summary>The plan block by block.</summary>
    public ActivationPlan Activations { get; } = new([.. Stretches.SelectMany(stretch => Enumerable.Range(0, stretch.Blocks)
        .Select(index => new LayerPlan(stretch.Way.Mode, stretch.Way.Codec, JoinsBefore: index % stretch.Way.Shared != 0)))]);

    /// <summary>The same way for every block.</summary>
    public static RunPlan Uniform(BlockWay way, int blocks, long microBatch, long tileBytes) => new([(way, blocks)], microBatch, tileBytes);

    /// <summary>Blocks whose gradients are approximate.</summary>
    public int LossyBlocks => Stretches.Sum(stretch => stretch.Way.IsExact ? 0 : stretch.Blocks);

    /// <summary>For people: <c>blocks 1-24 layer, residual chain, 2 bits; 25-30 ops, int8; 2 sequences at a time; tiles of 32 MiB; freed memory goes back at once</c>.</summary>
    public override string ToString()
    {
        int first = 1;
        List<string> parts = [];
        foreach ((BlockWay way, int blocks) in Stretches.Where(stretch => stretch.Blocks > 0))
        {
            parts.Add(blocks == Activations.Layers.Count ? $"all {blocks} blocks {way}" : $"{(blocks == 1 ? $"block {first}" : $"blocks {first}-{first + blocks - 1}")} {way}");
            first += blocks;
        }

        return $"{string.Join("; ", parts)}; {(MicroBatch == 1 ? "1 sequence" : $"{MicroBatch} sequences")} at a time; tiles of {TileBytes >> 20} MiB{(TightHeap ? "; freed memory goes back at once" : "")}";
    }
}
