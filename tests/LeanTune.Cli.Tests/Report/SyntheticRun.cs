using System.Globalization;
using System.Text;

namespace LeanTune.Cli.Tests.Report;

/// <summary>A run folder made of drawn numbers: what is true of it is known.</summary>
/// <param name="Seed">Of the run's own noise.</param>
internal sealed record SyntheticRun(int Seed)
{
    public int Steps { get; init; } = 120;

    public int? TotalSteps { get; init; } = 120;

    /// <summary>Of what both runs of a pair meet in each step: easy and hard examples.</summary>
    public int OrderSeed { get; init; } = 1;

    /// <summary>Added to every loss.</summary>
    public double Shift { get; init; }

    /// <summary>Seconds of a step.</summary>
    public double Seconds { get; init; } = 0.5;

    public long PeakBytes { get; init; } = 90_000_000;

    public long KeptBytes { get; init; } = 12_000_000;

    public string Sample { get; init; } = " Some years ago";

    /// <summary>Writes the folder.</summary>
    /// <returns>Its path.</returns>
    public string Write(string folder, string? recipe = null)
    {
        Directory.CreateDirectory(folder);
        StringBuilder lines = new();
        Random own = new(Seed), shared = new(OrderSeed);
        double drift = 0;
        if (TotalSteps is { } total) Line(lines, $"{{\"event\":\"run\",\"model\":\"llama\",\"device\":\"cpu\",\"total_steps\":{total},\"parameters\":6000000,\"trainable_parameters\":200000}}");
        lines.Append("{\"event\":\"memory_tried\",\"parts\":[{\"name\":\"kept activations\",\"expected_bytes\":100000000,\"measured_bytes\":125000000},{\"name\":\"whole process\",\"expected_bytes\":100000000,\"measured_bytes\":400000000}]}\n");
        lines.Append("{\"event\":\"activations\",\"blocks\":[{\"block\":0,\"kept_bytes\":{\"codes\":5000000}},{\"block\":1,\"kept_bytes\":{\"codes\":7000000}}]}\n");
        Line(lines, $"{{\"event\":\"evaluation\",\"step\":0,\"loss\":5.9,\"supervised_tokens\":1000,\"seconds\":1}}");
        lines.Append(CultureInfo.InvariantCulture, $"{{\"event\":\"sample\",\"step\":0,\"prompt\":\"Call me Ishmael.\",\"text\":{System.Text.Json.JsonSerializer.Serialize(Sample)}}}\n");
        for (int step = 1; step <= Steps; step++)
        {
            drift = 0.8 * drift + 0.01 * Normal(own); // runs that were nudged apart stay so for a while
            double loss = 3 + 2.5 / Math.Sqrt(step) + 0.3 * Normal(shared) + drift + Shift;
            double seconds = Seconds * Math.Exp(0.05 * Normal(own));
            Line(lines, $"{{\"event\":\"step\",\"step\":{step},\"loss\":{loss:R},\"learning_rate\":0.001,\"gradient_norm\":{0.5 + 0.01 * step:R},\"supervised_tokens\":900,\"real_tokens\":1000,\"padded_tokens\":1100,\"seconds\":{seconds:R},\"kept_bytes\":{KeptBytes},\"peak_bytes\":{PeakBytes},\"live_bytes\":400000000}}");
        }

        if (Steps == TotalSteps) Line(lines, $"{{\"event\":\"evaluation\",\"step\":{Steps},\"loss\":{4.1 + Shift:R},\"supervised_tokens\":1000,\"seconds\":1,\"accuracy\":0.5}}");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), lines.ToString());
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), recipe ?? Recipe(OrderSeed));
        return folder;
    }

    public static string Recipe(int seed, int rank = 8) => string.Create(CultureInfo.InvariantCulture, $"""
        model:
          path: models/tiny
        data:
          train:
            - path: text.txt
        adapter:
          rank: {rank}
        training:
          seed: {seed}
        output: somewhere/{Guid.NewGuid():N}
        """);

    private static void Line(StringBuilder lines, FormattableString line) => lines.Append(FormattableString.Invariant(line)).Append('\n');

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
