using System.Net.Http.Headers;
using System.Security.Authentication;

namespace LeanTune.Hub;

/// <summary>Sends requests to the hub: with the token to the hub alone, through the system's proxy, along redirects, with a limit on silence.</summary>
/// <param name="options">Where the hub is.</param>
internal sealed class HubConnection(HubOptions options) : IDisposable
{
    private const int MostRedirects = 10;

    // Redirects are followed here, where the token can be left out; compressed bodies have other lengths than the files.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.Silence })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>An address below the hub's.</summary>
    public Uri At(string path) => new($"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>Sends a request and follows redirects.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to.</param>
    /// <param name="from">First byte wanted; 0 for the whole.</param>
    /// <param name="isAnswer">Whether a redirect is the answer itself; null when none is.</param>
    /// <param name="cancel">Ends the request.</param>
    /// <returns>The response, its body unread; the caller disposes it.</returns>
    /// <exception cref="PassingException">The connection failed.</exception>
    /// <exception cref="HubException">It failed in a way that stays.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool>? isAnswer, CancellationToken cancel)
    {
        for (int hops = 0; hops <= MostRedirects; hops++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, address, from, cancel).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || isAnswer?.Invoke(response) == true)
                return response;
            using (response)
                address = Next(address, response.Headers.Location);
        }

        throw new HubException($"{address.Host} redirects without end; is {options.Endpoint} the right hub?");
    }

    /// <summary>Reads on in a body; 0 at its end.</summary>
    /// <exception cref="PassingException">The connection broke, or was silent for too long.</exception>
    public async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancel)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(options.Silence);
        try
        {
            return await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new PassingException(e is OperationCanceledException ? $"nothing came for {options.Silence.TotalSeconds:0.#} seconds" : $"the connection broke ({Innermost(e)})", cause: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(method, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("leantune", typeof(HubConnection).Assembly.GetName().Version?.ToString(3)));
        request.Headers.AcceptEncoding.Add(new("identity"));
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        if (options.Token is { } token && IsHub(address) && !request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}"))
            throw new HubException("The hub's token holds characters that no token has; check HF_TOKEN.");
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(options.Silence);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.GetBaseException() is AuthenticationException)
        {
            throw new HubException($"{address.Host} has no certificate that this machine trusts ({Innermost(e)}); is a proxy in between?", e);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            string why = e is OperationCanceledException ? $"no answer within {options.Silence.TotalSeconds:0.#} seconds" : Innermost(e);
            throw new PassingException($"{address.Host} cannot be reached ({why})", cause: e)
            {
                Advice = "Without a network, use what is on this machine with --offline; behind a proxy, set HTTPS_PROXY. What was downloaded is kept.",
            };
        }
    }

    private bool IsHub(Uri address) => Uri.Compare(address, options.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static Uri Next(Uri from, Uri? location)
    {
        Uri to = location is null ? throw new HubException($"{from.Host} redirects without saying where to.") : new Uri(from, location);
        if (to.Scheme != Uri.UriSchemeHttps && (to.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps))
            throw new HubException($"{from.Host} redirects to an address that is not safe ({to.Scheme}://{to.Host}).");
        return to;
    }

    private static string Innermost(Exception e) => e.GetBaseException().Message.TrimEnd('.');
}
