using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>The C exports of TorchSharp's native library that TorchSharp itself does not expose as we need them.</summary>
internal static unsafe class LibTorchSharp
{
    internal const string Library = "LibTorchSharp";

    /// <summary>Owner and observer of one native autograd node.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NodePointer
    {
        public nint Shared;
        public nint Weak;
    }

    /// <summary>An array of native tensor handles.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TensorArray
    {
        public nint* Items;
        public long Count;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate TensorArray ApplyCallback(nint gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void DeleteCallback();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate nint* AllocateCallback(nint count);

    [DllImport(Library)]
    internal static extern NodePointer THSAutograd_CSharpNode_ctor(ApplyCallback apply, DeleteCallback delete);

    [DllImport(Library)]
    internal static extern void THSAutograd_CSharpNode_disposeSharedPtr(NodePointer node);

    [DllImport(Library)]
    internal static extern void THSAutograd_CSharpNode_disposeWeakPtr(NodePointer node);

    [DllImport(Library)]
    internal static extern void THSAutograd_CSharpNode_setNextEdges(NodePointer node, TensorArray inputs, [MarshalAs(UnmanagedType.U1)] bool executable);

    [DllImport(Library)]
    internal static extern void THSAutograd_CSharpNode_clearInputMetadata(NodePointer node);

    [DllImport(Library)]
    internal static extern void THSAutograd_Function_wrapOutputs(
        TensorArray inputs, TensorArray nonDifferentiable, TensorArray dirty, TensorArray outputs, NodePointer node, AllocateCallback allocate);

    [DllImport(Library)]
    internal static extern void* THSTensor_data(nint tensor);

    [DllImport(Library)]
    internal static extern nuint THSStorage_nbytes(nint tensor);
}
