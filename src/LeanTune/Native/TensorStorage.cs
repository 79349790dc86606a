using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>The memory behind a tensor, which views share.</summary>
internal static class TensorStorage
{
    /// <summary>Bytes that stay alive as long as this tensor does: all of the storage that it may be a view of.</summary>
    public static long Bytes(Tensor tensor)
    {
        long bytes = (long)LibTorchSharp.THSStorage_nbytes(tensor.Handle);
        GC.KeepAlive(tensor);
        return bytes;
    }

    /// <summary>Address of a CPU tensor's first element, for code that works on its memory; the tensor must outlive the use.</summary>
    public static unsafe nint Data(Tensor tensor)
    {
        nint address = (nint)LibTorchSharp.THSTensor_data(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }
}
