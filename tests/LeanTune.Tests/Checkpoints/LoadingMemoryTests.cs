using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Tests.Native;
using TorchSharp;
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

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_model_needs_itself_and_one_tensor(ScalarType dtype)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        using HubFolder hub = HubFolder.Open(WriteModel());
        using PeakSampler sampler = new();
        using Decoder model = DecoderLoader.Load(hub, dtype);
        sampler.Sample();
        long bytes = model.Config.Parameters * dtype.ElementSize();
        (ProcessMemory.LiveBytes - sampler.Baseline).ShouldBeInRange(bytes - Slack, bytes + Slack);
        sampler.PeakBytes.ShouldBeLessThan(bytes + LargestTensor + Slack);
    }

    [Fact]
    public void An_import_needs_two_tensors_whatever_the_size_of_the_model()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "needs glibc's mallinfo2");
        string gguf;
        long bytes;
        using (HubFolder hub = HubFolder.Open(WriteModel()))
        {
            bytes = DecoderLoader.ReadConfig(hub).Parameters * sizeof(float);
            gguf = GgufOfHub.Make(hub).WithToyTokenizer(Vocabulary).Save(_folder);
        }

        using PeakSampler sampler = new();
        GgufImporter.Import(gguf, _folder.File("imported"));
        sampler.Sample();
        (ProcessMemory.LiveBytes - sampler.Baseline).ShouldBeLessThan(Slack);
        sampler.PeakBytes.ShouldBeLessThan((2 * LargestTensor) + Slack);
        bytes.ShouldBeGreaterThan(4 * LargestTensor); // else the test could not tell
    }

    private const int Vocabulary = 4000, Width = 512, FeedForward = 4096;
    private const long LargestTensor = (long)Width * FeedForward * sizeof(float);

    private string WriteModel()
    {
        string folder = Directory.CreateDirectory(_folder.File("model")).FullName;
        File.WriteAllText(Path.Combine(folder, HubFolder.ConfigName), $$"""
            {"model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Width}}, "intermediate_size": {{FeedForward}}, "num_hidden_layers": 3,
             "num_attention_heads": 8, "num_key_value_heads": 8, "head_dim": 64, "rms_norm_eps": 1e-5, "max_position_embeddings": 64, "tie_word_embeddings": true,
             "hidden_act": "silu", "initializer_range": 0.02, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0} }
            """);
        // Config first: the weights are made from it.
        using Tensor none = zeros(1);
        SafetensorsWriter.Write(Path.Combine(folder, HubFolder.WeightsName), [TensorToWrite.Of("none", none)]);
        DecoderConfig config;
        using (HubFolder hub = HubFolder.Open(folder)) config = DecoderLoader.ReadConfig(hub);
        using Decoder model = DecoderLoader.Random(config, seed: 1);
        SafetensorsWriter.Write(Path.Combine(folder, HubFolder.WeightsName), model.Weights);
        return folder;
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
