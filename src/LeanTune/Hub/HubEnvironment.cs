namespace LeanTune.Hub;

/// <summary>Reads the environment variables and the token file that the hub's own tools follow.</summary>
internal static class HubEnvironment
{
    /// <exception cref="HubException">HF_ENDPOINT is no address.</exception>
    public static HubOptions Read(Func<string, string?> variable)
    {
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? Value(params string[] names) => names.Select(name => variable(name)?.Trim()).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        string Folder(string path) => Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(user, path[1..]) : path);

        string home = Folder(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
        return new HubOptions
        {
            Endpoint = Value("HF_ENDPOINT") is { } endpoint ? Address(endpoint) : new Uri("https://huggingface.co"),
            Cache = Value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") is { } cache ? Folder(cache) : Path.Combine(home, "hub"),
            Token = Value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? TokenIn(Value("HF_TOKEN_PATH") is { } file ? Folder(file) : Path.Combine(home, "token")),
            Offline = IsTrue(Value("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
        };
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new HubException($"HF_ENDPOINT is '{text}'; expected an address such as https://huggingface.co");

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string? TokenIn(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most repositories need none; where one does, the refusal says how to give it.
            return null;
        }
    }
}
