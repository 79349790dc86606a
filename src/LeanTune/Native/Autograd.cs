using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>Runs backward passes and throws what went wrong in the C# parts of them.</summary>
public static class Autograd
{
    [ThreadStatic]
    private static Errors? s_errors;

    /// <summary>Where nodes made on this thread leave their exceptions.</summary>
    internal static Errors ErrorsOfThisThread => s_errors ??= new Errors();

    /// <summary>Backward pass from a scalar loss; gradients are added to the leaves' <c>grad</c>.</summary>
    /// <param name="loss">A scalar with a graph, made on this thread. Stays the caller's; its graph is freed.</param>
    /// <exception cref="Exception">Whatever a managed backward function threw; gradients are then not to be used.</exception>
    public static void Backward(Tensor loss) => Backward(loss, null);

    /// <summary>Backward pass from a tensor with the given gradient.</summary>
    /// <param name="output">Any tensor with a graph, made on this thread.</param>
    /// <param name="gradient">Gradient of the output, of its shape; null for a scalar's 1. Borrowed.</param>
    /// <exception cref="Exception">The first that a managed backward function threw; gradients are then not to be used.</exception>
    public static void Backward(Tensor output, Tensor? gradient)
    {
        ArgumentNullException.ThrowIfNull(output);
        Errors errors = ErrorsOfThisThread;
        // A pass within a pass (recomputation) must neither lose nor throw what went wrong in the outer one.
        ExceptionDispatchInfo? outer = errors.Take();
        ExceptionDispatchInfo? first;
        try
        {
            autograd.backward([output], gradient is null ? null : [gradient]);
        }
#pragma warning disable CA1031 // Thrown below, unless it followed from an error in the C# parts.
        catch (Exception native)
#pragma warning restore CA1031
        {
            errors.Add(native);
        }
        finally
        {
            AutogradNode.DisposeHandedOver();
            first = errors.Take();
            errors.Restore(outer);
        }

        first?.Throw();
    }

    /// <summary>Exceptions of one thread's backward passes; filled from libtorch's threads on CUDA, hence the lock.</summary>
    internal sealed class Errors
    {
        private readonly Lock _lock = new();
        private ExceptionDispatchInfo? _first;

        public void Add(Exception error)
        {
            lock (_lock) _first ??= ExceptionDispatchInfo.Capture(error);
        }

        /// <summary>The first exception since the last call, which is forgotten here.</summary>
        public ExceptionDispatchInfo? Take()
        {
            lock (_lock)
            {
                ExceptionDispatchInfo? first = _first;
                _first = null;
                return first;
            }
        }

        public void Restore(ExceptionDispatchInfo? first)
        {
            lock (_lock) _first = first;
        }
    }
}
