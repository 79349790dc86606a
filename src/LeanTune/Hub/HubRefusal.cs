using System.Net;

namespace LeanTune.Hub;

/// <summary>Says in words why the hub answered a request with an error, and what to do about it.</summary>
internal static class HubRefusal
{
    /// <summary>The error for a response that is no success.</summary>
    /// <param name="response">The response.</param>
    /// <param name="reference">What was asked for.</param>
    /// <param name="file">The file of it, or null for the repository itself.</param>
    /// <param name="options">Whether there was a token, and the time.</param>
    public static HubException Of(HttpResponseMessage response, HubReference reference, string? file, HubOptions options)
    {
        int status = (int)response.StatusCode;
        string code = Header(response, "X-Error-Code");
        string what = file is null ? $"{reference}" : $"{reference with { Files = null }}: {file}";
        string page = $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{(reference.Kind == HubKind.Dataset ? "datasets/" : "")}{reference.Id}";
        string kind = reference.Kind == HubKind.Dataset ? "data set" : "model";
        if (IsPassing(response.StatusCode))
            return new PassingException($"{what}: the hub answered {status}{(status == 429 ? " (too many requests)" : "")}", AskedToWait(response, options.Clock));
        return new HubException(response.StatusCode switch
        {
            _ when code == "GatedRepo" => options.Token is null
                ? $"{what}: the {kind} is gated: accept its terms on {page}, then set HF_TOKEN to a token of your account ({Tokens(options)})."
                : $"{what}: the {kind} is gated, and this account has no access to it yet: accept its terms on {page}; the token must be allowed to read gated repositories.",
            _ when code == "RevisionNotFound" => $"{what}: the {kind} has no revision '{reference.Revision}'; its revisions are listed on {page}/tree/{HubReference.DefaultRevision}{(reference.IsCommit ? ", and leantune download asks for the newest" : "")}.",
            _ when code == "EntryNotFound" => $"{what}: the revision has no such file; its files are listed on {page}/tree/{reference.Revision}.",
            HttpStatusCode.Unauthorized when options.Token is null =>
                $"{what}: there is no such {kind}, or it is private. Check the name on {page}; for a private one set HF_TOKEN ({Tokens(options)}).",
            HttpStatusCode.Unauthorized => $"{what}: the hub does not accept the token, or there is no such {kind}. Check the name on {page}, and the token ({Tokens(options)}).",
            HttpStatusCode.Forbidden => $"{what}: access is refused{Reason(response)}. Look at {page}{(options.Token is null ? ", and set HF_TOKEN to a token of your account" : "; the token may lack the right to read it")}.",
            HttpStatusCode.NotFound or HttpStatusCode.Gone => $"{what}: not found on {options.Endpoint.Host}. Check owner, name and revision on {page}{Other(reference)}.",
            _ => $"{what}: the hub answered {status}{Reason(response)}.",
        });
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500 && status != HttpStatusCode.NotImplemented;

    private static TimeSpan? AskedToWait(HttpResponseMessage response, TimeProvider clock)
    {
        TimeSpan? wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - clock.GetUtcNow() : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string Tokens(HubOptions options) => $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/settings/tokens";

    private static string Other(HubReference reference) =>
        reference.Kind == HubKind.Model ? "; a data set is downloaded with --dataset" : "; a model is downloaded without --dataset";

    private static string Reason(HttpResponseMessage response) => Header(response, "X-Error-Message") is { Length: > 0 } message ? $": {message.TrimEnd('.')}" : "";

    // What a server sends ends up on a terminal.
    private static string Header(HttpResponseMessage response, string name)
    {
        string text = response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Concat(string.Join(", ", values).Where(c => !char.IsControl(c))) : "";
        return text.Length <= 300 ? text : text[..300] + "…";
    }
}
