using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>Knows who may speak in a conversation, and by what other names files call them.</summary>
/// <param name="aliases">The user's names for roles; they win over those known.</param>
/// <param name="sharegpt">Whether ShareGPT's names are known.</param>
internal sealed class Roles(IReadOnlyDictionary<string, string> aliases, bool sharegpt = false)
{
    /// <summary>The roles that there are.</summary>
    public static IReadOnlyList<string> Known { get; } = ["system", "developer", "user", "assistant", "tool"];

    private static readonly Dictionary<string, string> Sharegpt = new()
    {
        ["human"] = "user",
        ["gpt"] = "assistant",
        ["chatgpt"] = "assistant",
        ["model"] = "assistant",
        ["function_call"] = "assistant",
        ["observation"] = "tool",
        ["function"] = "tool",
    };

    /// <summary>The role that a file's name for it means.</summary>
    /// <exception cref="RecordException">It means none.</exception>
    public string Of(string name, string where)
    {
        if (aliases.TryGetValue(name, out string? alias) || (sharegpt && Sharegpt.TryGetValue(name, out alias)))
            return alias;
        if (Known.Contains(name))
            return name;
        IEnumerable<string> all = [.. Known, .. aliases.Keys, .. sharegpt ? Sharegpt.Keys : Enumerable.Empty<string>()];
        string hint = NearestName.Hint(name, all).TrimEnd('.');
        throw new RecordException($"{where}: unknown role {JsonRecords.Quote(name)}{hint}{(hint.EndsWith('?') ? "" : ";")} expected one of {string.Join(", ", all)}, or an alias for it (roles)");
    }
}
