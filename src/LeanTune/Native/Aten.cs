using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>ATen operators that TorchSharp does not bind, through libtorch's own C interface to its dispatcher, which reports errors by a code.</summary>
internal static unsafe class Aten
{
    private const string Library = "torch_cpu";

    /// <summary>Gradient of silu: g · (σ(x) + x · σ(x) · (1 − σ(x))), in one pass.</summary>
    /// <param name="gradient">Of the output. Borrowed.</param>
    /// <param name="input">Of the forward pass, same shape. Borrowed.</param>
    /// <returns>Same shape; the caller disposes it.</returns>
    public static Tensor SiluBackward(Tensor gradient, Tensor input)
    {
        ulong* stack = stackalloc ulong[] { Borrow(gradient), Borrow(input) };
        Check(aoti_torch_call_dispatcher("aten::silu_backward", "", stack), "silu_backward");
        return Tensor.UnsafeCreateTensor((nint)stack[0]);
    }

    /// <summary>The dispatcher consumes its input handles: it gets new ones of its own.</summary>
    private static ulong Borrow(Tensor tensor)
    {
        Check(aoti_torch_new_tensor_handle(tensor.Handle, out nint handle), "new_tensor_handle");
        return (ulong)handle;
    }

    private static void Check(int error, string what)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's operator {what} failed; its message is on standard error.");
    }

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int aoti_torch_call_dispatcher(string name, string overload, ulong* stack);

    [DllImport(Library)]
    private static extern int aoti_torch_new_tensor_handle(nint original, out nint handle);
}
