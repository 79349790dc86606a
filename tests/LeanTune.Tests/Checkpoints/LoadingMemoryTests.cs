using LeanTune.Checkpoints;
using LeanTune.Native;
using LeanTune.Tests.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Loading a model never needs more native memory than the model and one tensor, whatever is converted on the way.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public sealed class LoadingMemoryTests : IDisposable
{
    private const int Count = 4;
    private const long Elements = 4 << 20;
    // Finalizers of other tests free native memory meanwhile.
    private const long Slack = 2 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, 4)]
    [InlineData(ScalarType.BFloat16, 2)]
    [InlineData(ScalarType.Float64, 8)]
    public void Safetensors(ScalarType? dtype, int elementBytes)
    {
        using (Tensor values = zeros(Elements))
            SafetensorsWriter.Write(_folder.File("x"), Enumerable.Range(0, Count).Select(i => TensorToWrite.Of($"t{i}", values)));
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("x"));
        Measure(file, dtype, Count * Elements * elementBytes, Elements * sizeof(float));
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(ScalarType.BFloat16, 2)]
    public void Gguf_blocks_need_no_whole_copy(ScalarType? dtype, int elementBytes)
    {
        RawGguf gguf = new();
        for (int i = 0; i < Count; i++)
            gguf.Tensor($"t{i}", [(ulong)Elements], 8, new byte[Elements / 32 * 34]);
        using GgufFile file = GgufFile.Open(gguf.Save(_folder));
        // One slice of fp32 is all that a conversion needs.
        Measure(file, dtype, Count * Elements * elementBytes, TensorMemory.ChunkElements * sizeof(float));
    }

    private static void Measure(ITensorSource source, ScalarType? dtype, long modelBytes, long oneTensor)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        List<Tensor> model = [];
        using PeakSampler sampler = new();
        try
        {
            foreach (string name in source.Names)
            {
                model.Add(source.Read(name, dtype));
                sampler.Sample();
            }

            long kept = ProcessMemory.LiveBytes - sampler.Baseline;
            kept.ShouldBeInRange(modelBytes - Slack, modelBytes + Slack);
            sampler.PeakBytes.ShouldBeLessThan(modelBytes + oneTensor + Slack);
        }
        finally
        {
            model.ForEach(static tensor => tensor.Dispose());
        }
    }
}
