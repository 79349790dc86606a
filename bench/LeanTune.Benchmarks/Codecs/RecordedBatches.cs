using LeanTune.Checkpoints;
using LeanTune.Data;
using static TorchSharp.torch;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>The recorded examples of a fine-tuning: those of each step, and those held out.</summary>
internal sealed class RecordedBatches
{
    private RecordedBatches(IReadOnlyList<IReadOnlyList<TokenizedExample>> steps, IReadOnlyList<TokenizedExample> held) => (Steps, Held) = (steps, held);

    /// <summary>Examples of each step, padding taken off; <see cref="TokenizedExample.Line"/> is their place in the training file.</summary>
    public IReadOnlyList<IReadOnlyList<TokenizedExample>> Steps { get; }

    /// <summary>Evaluation problems.</summary>
    public IReadOnlyList<TokenizedExample> Held { get; }

    /// <summary>Reads batches.safetensors of a folder of recorded runs.</summary>
    public static RecordedBatches Read(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "batches.safetensors"));
        TokenizedExample[] steps = Examples(file, ""), held = Examples(file, "eval_");
        using Tensor lengths = file.Read("length", ScalarType.Int64);
        return new RecordedBatches([.. steps.Chunk((int)lengths.shape[1])], held);
    }

    private static TokenizedExample[] Examples(SafetensorsFile file, string prefix)
    {
        (long[] ids, long[] labels, long[] lengths) = (Values(file, $"{prefix}input_ids"), Values(file, $"{prefix}labels"), Values(file, $"{prefix}length"));
        long[] lines = Values(file, prefix.Length == 0 ? "sample_index" : "eval_index");
        int width = ids.Length / lengths.Length;
        return [.. lengths.Select((length, row) => new TokenizedExample(
            [.. ids.Skip(row * width).Take((int)length).Select(id => (int)id)],
            [.. labels.Skip(row * width).Take((int)length).Select(label => label != Batch.NoLoss)],
            "recorded", (int)lines[row] + 1))];
    }

    private static long[] Values(SafetensorsFile file, string name)
    {
        using Tensor tensor = file.Read(name, ScalarType.Int64);
        return tensor.data<long>().ToArray();
    }
}
