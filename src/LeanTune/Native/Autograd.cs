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
    public static void Backward(Tensor output, Tensor? gradient)
    {
        ArgumentNullException.ThrowIfNull(output);
        Errors errors = ErrorsOfThisThread;
        errors.Clear();
        try
        {
            autograd.backward([output], gradient is null ? null : [gradient]);
        }
        finally
        {
            AutogradNode.DisposeHandedOver();
        }

        errors.ThrowFirst();
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

        public void Clear()
        {
            lock (_lock) _first = null;
        }

        public void ThrowFirst()
        {
            ExceptionDispatchInfo? first;
            lock (_lock)
            {
                first = _first;
                _first = null;
            }

            first?.Throw();
        }
    }
}
