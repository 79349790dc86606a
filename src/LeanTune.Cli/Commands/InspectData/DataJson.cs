using System.Text.Encodings.Web;
using System.Text.Json;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.InspectData;

/// <summary>Writes inspected examples as one JSON object, for scripts.</summary>
internal static class DataJson
{
    // Texts of any language stay readable; the output is a stream, not a page.
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(TextWriter output, DataInspection data) => output.WriteLine(JsonSerializer.Serialize(new
    {
        data.MaxLength,
        Train = Set(data.Train),
        Held = data.Held is null ? null : Set(data.Held),
        Batches = Batches(data.Batches),
        Packed = data.Packed is null ? null : Batches(data.Packed),
        Findings = data.Findings.Select(finding => new { finding.Message, finding.Stops }),
        data.Notices,
    }, s_options));

    private static object Set(SetInspection set) => new
    {
        Examples = set.Counts.Read - set.Counts.Dropped,
        Cut = set.Counts.Truncated,
        set.Counts.Dropped,
        set.Counts.Tokens,
        TrainedTokens = set.Counts.SupervisedTokens,
        Lengths = new { Shortest = set.LengthAt(0), Median = set.LengthAt(0.5), P90 = set.LengthAt(0.9), P99 = set.LengthAt(0.99), Longest = set.LengthAt(1) },
        Histogram = LengthHistogram.Of(set.Lengths).Select(range => new { range.From, range.To, range.Count }),
        DroppedPlaces = set.Dropped.Select(example => new { Place = example.Place.ToString(), example.Tokens }),
        Shown = set.Examples.Select(Example),
    };

    private static object Batches(BatchInspection of) => new { of.Batches, of.Rows, of.PaddedTokens, of.RealTokens, TrainedTokens = of.SupervisedTokens };

    private static object Example(ShownExample example) => new
    {
        Place = example.Place.ToString(),
        example.Tokens,
        example.FullTokens,
        TrainedTokens = example.SupervisedTokens,
        Pieces = example.Pieces.Select(piece => new { piece.Text, piece.Trained }),
    };
}
