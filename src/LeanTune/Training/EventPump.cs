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
        Channel<TrainingEvent> channel = Channel.CreateBounded<TrainingEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        T? result = default;
        ExceptionDispatchInfo? failure = null, observerFailure = null;
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
        while (channel.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (channel.Reader.TryRead(out TrainingEvent? e))
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

        thread.Join();
        failure?.Throw();
        observerFailure?.Throw();
        return result!;
    }
}
