using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Puts errors of the JSON parser for people.</summary>
internal static class JsonErrors
{
    private const int Longest = 160;

    /// <summary>A file that cannot be read on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="firstLine">Line on which the parser started.</param>
    /// <param name="cause">What it said.</param>
    public static DataException Invalid(string path, int firstLine, JsonException cause) =>
        new($"{path}:{firstLine + cause.LineNumber}: not valid JSON at byte {cause.BytePositionInLine + 1} of the line: {Reason(cause)}", cause);

    /// <summary>What the parser said, without its own account of the place.</summary>
    public static string Reason(JsonException cause)
    {
        string reason = cause.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.');
        return reason.Length <= Longest ? reason : reason[..Longest] + "…";
    }
}
