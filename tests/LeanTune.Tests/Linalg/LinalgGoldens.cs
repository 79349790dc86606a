using System.Text.Json;
using LeanTune.Checkpoints;
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
    public static Dictionary<string, Tensor> Tensors(string name)
    {
        using SafetensorsFile file = Open(name);
        return file.Names.ToDictionary(tensor => tensor, tensor => file.Read(tensor));
    }

    /// <summary>Reads a case's matrix; the caller disposes it.</summary>
    public static Tensor Matrix(string name)
    {
        using SafetensorsFile file = Open(name);
        return file.Read("A");
    }

    private static SafetensorsFile Open(string name) => SafetensorsFile.Open(Repository.Fixture($"loract/linalg/linalg_{name}.safetensors"));
}

/// <summary>One recorded run and its figures.</summary>
internal sealed record GoldenRun(string Name, int Rank, int PowerIterations, JsonElement Figures)
{
    public double this[string figure] => Figures.GetProperty(figure).GetDouble();

    public bool Is(string flag) => Figures.GetProperty(flag).GetBoolean();

    /// <summary>Mean over the reference's 20 seeds.</summary>
    public double MeanOf20(string figure) => Figures.GetProperty(figure)[1].GetDouble();
}
