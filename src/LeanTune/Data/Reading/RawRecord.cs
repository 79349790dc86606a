using System.Text.Json;

namespace LeanTune.Data;

/// <summary>One record as a reader found it: its fields as a JSON object, or what keeps it from being one.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Fields">The object; undefined when there is a problem. Its strings hold no half surrogate pairs and its objects no key twice.</param>
/// <param name="Problem">Why it is no record, or null.</param>
/// <param name="Offset">Byte in the file at which exactly this object's JSON stands, or −1 where the file holds it in another form.</param>
/// <param name="Length">Bytes of that JSON.</param>
internal readonly record struct RawRecord(RecordPlace Place, JsonElement Fields, string? Problem = null, long Offset = -1, int Length = 0)
{
    /// <summary>A record that cannot be used.</summary>
    public static RawRecord Bad(RecordPlace place, string problem) => new(place, default, problem);
}
