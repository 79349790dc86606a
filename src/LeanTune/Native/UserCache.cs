namespace LeanTune.Native;

/// <summary>Where this user's caches lie: what is there saves time, and nothing is lost with it.</summary>
internal static class UserCache
{
    /// <summary><c>leantune</c> in the system's folder for caches; it need not exist.</summary>
    public static string Folder
    {
        get
        {
            string folder = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given
                : OperatingSystem.IsLinux() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return Path.Combine(folder, "leantune");
        }
    }
}
