using LeanTune.Hub;

namespace LeanTune.Cli.Hub;

/// <summary>Tells names of the hub from paths: what exists on this machine is a path, and only a model's name may go without <c>hub:</c>.</summary>
internal static class HubName
{
    // A file that is not there is a mistake in a path.
    private static readonly string[] s_files = [".yaml", ".yml", ".json", ".safetensors", ".gguf"];

    /// <summary>The model or adapter that a text names on the hub; null where it is a path.</summary>
    /// <param name="text">A folder, <c>hub:owner/name[@revision]</c>, or <c>owner/name[@revision]</c> where neither that nor a folder <c>owner</c> exists.</param>
    /// <param name="folders">The folders that a path may start from.</param>
    /// <exception cref="FormatException">It starts with <c>hub:</c> and is no name.</exception>
    public static HubReference? OfModel(string text, params ReadOnlySpan<string> folders)
    {
        if (text.StartsWith(HubReference.Prefix, StringComparison.Ordinal))
            return Whole(HubReference.Parse(text, HubKind.Model));
        string[] parts = text.Split('/');
        if (parts.Length < 2 || parts.Any(part => part.Length == 0) || s_files.Any(ending => text.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            return null;
        foreach (string folder in folders)
            if (Path.Exists(Path.Combine(folder, text)) || Directory.Exists(Path.Combine(folder, parts[0])))
                return null;
        try
        {
            return HubReference.Parse(text, HubKind.Model) is { Files: null } reference ? reference : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The files of a data set that a text names on the hub; null where it is a path.</summary>
    /// <exception cref="FormatException">It starts with <c>hub:</c> and is no name.</exception>
    public static HubReference? OfExamples(string text) =>
        text.StartsWith(HubReference.Prefix, StringComparison.Ordinal) ? HubReference.Parse(text, HubKind.Dataset) : null;

    /// <summary>The end of a message about a path that is not there: how it would be written if it is meant to be of the hub; or nothing.</summary>
    public static string Hint(string path) =>
        path.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } name] && !path.AsSpan().ContainsAny('\\', '*', '?') && owner is not ("." or ".." or "~") && Path.GetExtension(name).Length is 0 or > 6
            ? $"; if it is of the hub: {HubReference.Prefix}{path}"
            : "";

    private static HubReference Whole(HubReference reference) =>
        reference.Files is null ? reference : throw new FormatException($"'{reference}': a model is a whole repository, and '{reference.Files}' names a part: expected hub:owner/name or hub:owner/name@revision");
}
