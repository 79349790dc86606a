using System.Text.RegularExpressions;

namespace LeanTune.Hub;

/// <summary>A repository of the hub at a revision, and which of its files: <c>owner/name[@revision][/files]</c>.</summary>
/// <remarks>
/// The revision is a branch, a tag, a commit, or <c>refs/pr/1</c>, <c>refs/convert/parquet</c>; other revisions with a slash are written with
/// <c>%2F</c>, as in the hub's own file addresses.
/// </remarks>
public sealed partial record HubReference
{
    /// <summary>What a path that names something on the hub starts with.</summary>
    public const string Prefix = "hub:";

    /// <summary>The revision of a repository of which none is named.</summary>
    public const string DefaultRevision = "main";

    private const string Form = "expected owner/name, owner/name@revision or owner/name@revision/file";
    private const int LongestId = 96;

    private const string Name = @"[A-Za-z0-9_][A-Za-z0-9_.\-]*";
    private const string Revised = "@(?<revision>refs/(pr|convert)/[^/@]+|[^/@]+)";

    private HubReference(HubKind kind, string id, string revision, string? files) => (Kind, Id, Revision, Files) = (kind, id, revision, files);

    /// <summary>Model or data set.</summary>
    public HubKind Kind { get; }

    /// <summary><c>owner/name</c>; for a few old repositories <c>name</c> alone.</summary>
    public string Id { get; }

    /// <summary>Branch, tag or commit.</summary>
    /// <value>Default <see cref="DefaultRevision"/>.</value>
    public string Revision { get; init; }

    /// <summary>A file of the repository, or a pattern with *, ? and **; null where none is named.</summary>
    public string? Files { get; init; }

    /// <summary>Whether the revision is a commit, which never changes.</summary>
    public bool IsCommit => IsCommitHash(Revision);

    /// <summary>Reads a reference, with or without <see cref="Prefix"/>.</summary>
    /// <exception cref="FormatException">It is none; the message says what was expected.</exception>
    public static HubReference Parse(string text, HubKind kind)
    {
        ArgumentNullException.ThrowIfNull(text);
        string body = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        if (Parts().Match(body) is not { Success: true } match)
            throw new FormatException($"'{text}': {Form}");
        string id = match.Groups["id"].Value, revision = match.Groups["revision"].Value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (id.Length > LongestId || id.Contains("--", StringComparison.Ordinal) || id.Contains("..", StringComparison.Ordinal))
            throw new FormatException($"'{text}': '{id}' is no name of a repository ({LongestId} characters at most, without -- and ..); {Form}");
        if (revision.Length > 0 && !IsSafePath(revision))
            throw new FormatException($"'{text}': '{revision}' is no revision; {Form}");
        string? files = match.Groups["files"] is { Success: true, Value: var given } ? given : null;
        if (files is not null && !IsSafePath(files))
            throw new FormatException($"'{text}': '{files}' does not name files of the repository; {Form}");
        return new(kind, id, revision.Length > 0 ? revision : DefaultRevision, files);
    }

    /// <summary>The reference as a path that names it: <c>hub:owner/name@revision/files</c>.</summary>
    public override string ToString()
    {
        bool slash = Revision.Contains('/', StringComparison.Ordinal) && !WholeSpecialRevision().IsMatch(Revision);
        string revision = Revision == DefaultRevision ? "" : "@" + (slash ? Revision.Replace("/", "%2F", StringComparison.Ordinal) : Revision);
        return $"{Prefix}{Id}{revision}{(Files is null ? "" : "/" + Files)}";
    }

    internal static bool IsCommitHash(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a name with slashes stays below the folder that it is put in, on every system.</summary>
    internal static bool IsSafePath(string name) =>
        name.Length is > 0 and <= 1024
        && !name.Any(c => char.IsControl(c) || c == '\\' || (c == ':' && OperatingSystem.IsWindows()))
        && name.Split('/').All(part => part.Length > 0 && part is not ("." or ".."));

    // Without an owner, files need a revision before them: owner/name would be a file of 'owner'.
    [GeneratedRegex(
        $@"^((?<id>{Name}/{Name})({Revised})?(/(?<files>.+))?|(?<id>{Name})({Revised}(/(?<files>.+))?)?)\z", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Parts();

    [GeneratedRegex(@"^refs/(pr|convert)/[^/]+\z", RegexOptions.ExplicitCapture)]
    private static partial Regex WholeSpecialRevision();
}
