using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace LeanTune.Tests.Linalg;

/// <summary>The recorded decompositions of the reference: matrices, samples, reconstructions and their errors.</summary>
internal static class LinalgGoldens
{
    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("loract/linalg/linalg.json"))).RootElement.GetProperty("cases");

    public static IEnumerable<string> Names => Cases.EnumerateObject().Select(entry => entry.Name);

    public static string Kind(string name) => Cases.GetProperty(name).GetProperty("kind").GetString()!;

    /// <summary>The runs of our method (not of the reference's other ones), with rank and power iterations.</summary>
    public static IEnumerable<GoldenRun> Runs(string name)
    {
        foreach (JsonProperty run in Cases.GetProperty(name).GetProperty("runs").EnumerateObject())
            if (run.Name.Split('_') is [['k', .. var rank], ['q', .. var iterations]])
                yield return new GoldenRun(run.Name, int.Parse(rank), int.Parse(iterations), run.Value);
    }

    public static GoldenRun Run(string name, string run) => Runs(name).Single(entry => entry.Name == run);

    /// <summary>Reads a case's tensors; the caller disposes them.</summary>
    public static Dictionary<string, Tensor> Tensors(string name) => Read(Repository.Fixture($"loract/linalg/linalg_{name}.safetensors"));

    public static Tensor Matrix(string name) => Tensors(name)["A"];

    private static Dictionary<string, Tensor> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var tensors = new Dictionary<string, Tensor>();
        foreach (JsonProperty entry in JsonDocument.Parse(file.AsMemory(8, header)).RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            int begin = 8 + header + entry.Value.GetProperty("data_offsets")[0].GetInt32();
            int end = 8 + header + entry.Value.GetProperty("data_offsets")[1].GetInt32();
            ScalarType type = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => ScalarType.Float32,
                "BF16" => ScalarType.BFloat16,
                "I64" => ScalarType.Int64,
                var other => throw new InvalidDataException($"{path}: {other}"),
            };
            Tensor values = empty(shape, type);
            file.AsSpan(begin, end - begin).CopyTo(values.bytes);
            tensors.Add(entry.Name, values);
        }
        return tensors;
    }
}

/// <summary>One recorded run and its figures.</summary>
internal sealed record GoldenRun(string Name, int Rank, int PowerIterations, JsonElement Figures)
{
    public double this[string figure] => Figures.GetProperty(figure).GetDouble();

    public bool Is(string flag) => Figures.GetProperty(flag).GetBoolean();

    /// <summary>Mean over the reference's 20 seeds.</summary>
    public double MeanOf20(string figure) => Figures.GetProperty(figure)[1].GetDouble();
}
