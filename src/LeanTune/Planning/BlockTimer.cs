using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Planning;

/// <summary>
/// Measures what a block costs: two blocks of the model's shapes with random weights run forward and backward on this machine, once for
/// each way, size of batch and of tiles; results are kept in a file for the next time.
/// </summary>
public sealed class BlockTimer : IDisposable
{
    /// <summary>Two: in a chain only the second codes anything.</summary>
    private const int MeasuredBlocks = 2;

    /// <summary>A run that takes longer is not repeated: its noise is small beside it.</summary>
    private const double LongSeconds = 1.5;

    private const int Repeats = 3, FewTokens = 64;

    private readonly AdaptedShape _shape;
    private readonly StepWork _work;
    private readonly string? _file;
    private readonly Action<string>? _notice;
    private readonly SortedDictionary<string, double> _known;
    private Decoder? _model;
    private List<Tensor> _branches = [];

    /// <summary>Reads what was measured before.</summary>
    /// <param name="shape">Model and adapters.</param>
    /// <param name="work">Tokens and data type.</param>
    /// <param name="cacheFile">Where results are kept; null for nowhere.</param>
    /// <param name="notice">Told when something is measured, which takes a moment.</param>
    public BlockTimer(AdaptedShape shape, StepWork work, string? cacheFile, Action<string>? notice = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(work);
        (_shape, _work, _file, _notice) = (shape, work, cacheFile, notice);
        _known = Read(cacheFile);
    }

    /// <summary>The file that belongs to this user: <c>leantune/block-times.json</c> in the system's folder for caches.</summary>
    public static string DefaultCacheFile => Path.Combine(UserCache.Folder, "block-times.json");

    /// <summary>Seconds of one block, forward and backward.</summary>
    public double Seconds(BlockWay way, long sequences, long tileBytes)
    {
        ArgumentNullException.ThrowIfNull(way);
        // Tiles are for what is computed again; a block of two checkpointed together costs what two alone do.
        bool tiled = way.Mode is ActivationMode.Layer or ActivationMode.Sublayer;
        string key = Key(way, sequences, tiled ? tileBytes : 0);
        if (_known.TryGetValue(key, out double seconds)) return seconds;
        _notice?.Invoke(string.Create(CultureInfo.InvariantCulture, $"measuring one block: {way with { Shared = 1 }}, {sequences} × {_work.Tokens} tokens"));
        seconds = Measure(way, sequences, tileBytes);
        _known[key] = seconds;
        Write();
        return seconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model?.Dispose();
        foreach (Tensor tensor in _branches) tensor.Dispose();
        _branches = [];
    }

    private double Measure(BlockWay way, long sequences, long tileBytes)
    {
        Decoder model = _model ??= MakeModel();
        ActivationPlan plan = ActivationPlan.Uniform(MeasuredBlocks, way.Mode, way.Codec);
        SeededDraws draws = new(1);
        using Tensor ids = randint(FewTokens, [sequences, _work.Tokens], ScalarType.Int64);
        List<double> times = [];
        for (int run = 0; run <= Repeats; run++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            using (DisposeScope scope = NewDisposeScope())
            using (ForwardPass pass = new(model.Config, ids, model.Dtype) { Plan = plan, Draws = site => draws.For(run, site), TileBytes = tileBytes })
            {
                Tensor hidden = model.ForwardBlocks(ids, pass);
                Autograd.Backward(hidden, ones_like(hidden));
            }

            double seconds = watch.Elapsed.TotalSeconds;
            Return();
            if (run > 0 || seconds > LongSeconds) times.Add(seconds); // the first warms up
            if (seconds > LongSeconds && run > 0) break;
        }

        return times.Min() / MeasuredBlocks;
    }

    /// <summary>Measuring is part of a run that has a budget: what one run leaves must not lie under the next.</summary>
    private static void Return()
    {
        FinalizerGate.Rest(); // whoever waits for finalizers here may hold them back itself
        ProcessMemory.Trim();
    }

    private Decoder MakeModel()
    {
        DecoderConfig config = _shape.Config with
        {
            Blocks = MeasuredBlocks, Vocabulary = FewTokens, TiedEmbeddings = true,
            Windows = [.. _shape.Config.Windows.Take(MeasuredBlocks)], Rotated = [.. _shape.Config.Rotated.Take(MeasuredBlocks)],
        };
        if (config.Windows.Count < MeasuredBlocks)
            config = config with { Windows = [config.Windows[0], config.Windows[0]], Rotated = [config.Rotated[0], config.Rotated[0]] };
        Decoder model = DecoderLoader.Random(config, seed: 1, _work.Dtype);
        foreach (LoraLinear linear in model.Linears)
        {
            string name = string.Join('.', linear.Name.Split('.').SkipWhile(part => part != "layers").Skip(2));
            int rank = _shape.Rank(0, name);
            if (rank > 0)
            {
                Tensor down = randn(rank, linear.InputWidth).mul_(0.01).requires_grad_(), up = randn(linear.OutputWidth, rank).mul_(0.01).requires_grad_();
                _branches.AddRange([down, up]);
                linear.Branch = new LoraBranch(down, up, 1, 0);
            }
            else if (_shape.TrainsAll) linear.Weight.requires_grad_();
        }

        return model;
    }

    private string Key(BlockWay way, long sequences, long tileBytes)
    {
        DecoderConfig c = _shape.Config;
        int ranks = BlockShape.Linears.Sum(linear => _shape.Rank(0, linear));
        return string.Create(CultureInfo.InvariantCulture,
            $"{Environment.MachineName} {RuntimeInformation.ProcessArchitecture} avx512={CpuFeatures.HasAvx512} bf16={CpuFeatures.HasBf16Products} threads={get_num_threads()} libtorch={typeof(Tensor).Assembly.GetName().Version} leantune={typeof(BlockTimer).Assembly.ManifestModule.ModuleVersionId:N}"
            + $" C={c.Width} F={c.FeedForward} H={c.Heads}/{c.KeyValueHeads}x{c.HeadWidth} {_work.Dtype} ranks={(_shape.TrainsAll ? "all" : ranks)} {way with { Shared = 1 }} {sequences}x{_work.Tokens} tile={tileBytes}");
    }

    private static SortedDictionary<string, double> Read(string? file)
    {
        SortedDictionary<string, double> known = new(StringComparer.Ordinal);
        if (file is null || !File.Exists(file)) return known;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonProperty entry in json.RootElement.EnumerateObject())
                if (entry.Value.TryGetDouble(out double seconds) && seconds > 0) known[entry.Name] = seconds;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            known.Clear(); // what cannot be read is measured again
        }

        return known;
    }

    private void Write()
    {
        if (_file is null) return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            AtomicFile.Write(_file, stream =>
            {
                using Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true });
                writer.WriteStartObject();
                foreach ((string key, double seconds) in _known) writer.WriteNumber(key, seconds);
                writer.WriteEndObject();
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _notice?.Invoke($"{_file}: times of blocks cannot be kept ({error.Message}); they are measured again next time");
        }
    }
}
