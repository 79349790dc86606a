using System.Text.Json;

namespace LeanTune.Benchmarks.Training;

/// <summary>An evaluation within a run.</summary>
/// <param name="Settings">Model, data, steps: runs of other settings are not compared.</param>
/// <param name="Run">As on the command line.</param>
/// <param name="Seed">Start of the adapter and order of the examples.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="TrainingLoss">Mean of the last five steps.</param>
/// <param name="EvaluationLoss">Over the held-out examples, in nats a token.</param>
internal sealed record Evaluation(string Settings, string Run, int Seed, int Step, double TrainingLoss, double EvaluationLoss);

/// <summary>
/// Evaluations as JSON lines. A run's are added together when it is done, so that a table which takes hours can be stopped, and
/// goes on where it was.
/// </summary>
internal sealed class EvaluationLog
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly string? _path;
    private readonly List<Evaluation> _all = [];

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file, or null for none.</param>
    /// <exception cref="ArgumentException">The file holds something else.</exception>
    public EvaluationLog(string? path)
    {
        _path = path;
        if (path is null || !File.Exists(path)) return;
        foreach ((int number, string line) in File.ReadLines(path).Index())
            try
            {
                _all.Add(JsonSerializer.Deserialize<Evaluation>(line, s_json)!);
            }
            catch (JsonException problem)
            {
                throw new ArgumentException($"{path}, line {number + 1} is no evaluation of --train: {problem.Message}", problem);
            }
    }

    /// <summary>A run's evaluations in order; empty when it was not done.</summary>
    public IReadOnlyList<Evaluation> Of(string settings, string run, int seed) =>
        [.. _all.Where(each => each.Settings == settings && each.Run == run && each.Seed == seed).OrderBy(each => each.Step)];

    /// <summary>Adds a finished run.</summary>
    public void Add(IReadOnlyList<Evaluation> run)
    {
        _all.AddRange(run);
        if (_path is not null) File.AppendAllLines(_path, run.Select(each => JsonSerializer.Serialize(each, s_json)));
    }
}
