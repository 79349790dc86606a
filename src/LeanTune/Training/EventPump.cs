using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace LeanTune.Training;

/// <summary>Runs training on a thread of its own and brings its events to the caller's thread through a bounded channel.</summary>
/// <remarks>Dispose scopes and gradient mode belong to threads: one thread trains from beginning to end, whoever watches.</remarks>
internal static class EventPump
{
    private const int Capacity = 256;

    /// <summary>Runs work to its end.</summary>
    /// <param name="work">Gets the function that publishes events; it waits when the observer falls behind.</param>
    /// <param name="observer">Called on the calling thread, in order.</param>
    /// <param name="abandon">Asks the work to stop early: called when the observer fails.</param>
    /// <exception cref="Exception">What the work or the observer threw.</exception>
    public static T Run<T>(Func<Action<TrainingEvent>, T> work, Action<TrainingEvent>? observer, Action abandon)
    {
        (ChannelReader<TrainingEvent> events, Func<T> result) = Start(work);
        ExceptionDispatchInfo? observerFailure = null;
        while (events.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (events.TryRead(out TrainingEvent? e))
            {
                if (observerFailure is not null) continue; // keeps the channel flowing until the work has stopped
                try
                {
                    observer?.Invoke(e);
                }
#pragma warning disable CA1031 // Thrown below, when training has stopped.
                catch (Exception error)
#pragma warning restore CA1031
                {
                    observerFailure = ExceptionDispatchInfo.Capture(error);
                    abandon();
                }
            }
        }

        T found = result();
        observerFailure?.Throw();
        return found;
    }

    /// <summary>Runs work whose events are read as a stream.</summary>
    /// <param name="work">Gets the function that publishes events; it waits when the reader falls behind.</param>
    /// <param name="abandon">Asks the work to stop early: called when the reader leaves before the end, who then waits until the work has stopped.</param>
    /// <exception cref="Exception">What the work threw, when all its events are read.</exception>
    public static async IAsyncEnumerable<TrainingEvent> Stream<T>(Func<Action<TrainingEvent>, T> work, Action abandon)
    {
        (ChannelReader<TrainingEvent> events, Func<T> result) = Start(work);
        bool left = true;
        try
        {
            await foreach (TrainingEvent happened in events.ReadAllAsync().ConfigureAwait(false)) yield return happened;
            left = false;
        }
        finally
        {
            if (left)
            {
                abandon();
                await foreach (TrainingEvent _ in events.ReadAllAsync().ConfigureAwait(false)) { }
            }
        }

        _ = result();
    }

    /// <summary>Starts work on a thread of its own.</summary>
    /// <returns>Its events, and what waits for its end and returns or throws what it came to.</returns>
    private static (ChannelReader<TrainingEvent> Events, Func<T> Result) Start<T>(Func<Action<TrainingEvent>, T> work)
    {
        Channel<TrainingEvent> channel = Channel.CreateBounded<TrainingEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                result = work(e => channel.Writer.WriteAsync(e).AsTask().GetAwaiter().GetResult());
            }
#pragma warning disable CA1031 // Whatever happened is thrown on the caller's thread.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                channel.Writer.Complete();
            }
        })
        { Name = "LeanTune training" };
        thread.Start();
        return (channel.Reader, () =>
        {
            thread.Join();
            failure?.Throw();
            return result!;
        });
    }
}
