namespace LeanTune.Hub;

/// <summary>Decides how often and after what time something that failed is asked for again: doubling waits, or what the server asks for, and then no more.</summary>
/// <param name="options">How many attempts there are.</param>
/// <param name="publish">Told of every wait.</param>
internal sealed class Patience(HubOptions options, Action<HubEvent> publish)
{
    /// <summary>Who is asked to wait longer is better told so than left waiting.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private int _failures;

    /// <summary>Gives back all attempts: something was achieved.</summary>
    public void Renew() => _failures = 0;

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="HubException">There is none left.</exception>
    public async Task AfterAsync(PassingException failure, CancellationToken cancel)
    {
        _failures++;
        if (_failures >= options.Attempts)
            throw new HubException($"{failure.Message}. Given up after {options.Attempts} attempts. {failure.Advice}", failure);
        TimeSpan wait = failure.AskedToWait ?? TimeSpan.FromSeconds(Math.Pow(2, _failures - 1));
        if (wait > s_longest)
            throw new HubException($"{failure.Message}. The server asks to wait {wait.TotalSeconds:0} seconds; try again later. {failure.Advice}", failure);
        publish(new DownloadWaits(failure.Message, wait));
        await options.Wait(wait, cancel).ConfigureAwait(false);
    }

    /// <summary>Attempts something until it succeeds, fails for good, or patience ends.</summary>
    /// <exception cref="HubException">It failed.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> attempt, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (PassingException failure)
            {
                await AfterAsync(failure, cancel).ConfigureAwait(false);
            }
        }
    }
}
