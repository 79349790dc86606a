using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>
/// One step of a backward pass written in C#: the only way custom backward functions and recomputation enter libtorch's graph.
/// </summary>
/// <remarks>
/// TorchSharp's own wrapper keeps an output-sized tensor per node and frees saved tensors only with the graph. This node frees
/// what it saved as soon as its backward has run. An exception may not cross native frames: it is kept, zeros are handed on,
/// and <see cref="Autograd.Backward(Tensor)"/> throws it when the native pass is over.
/// </remarks>
internal sealed unsafe class AutogradNode
{
    /// <summary>Native code holds only function pointers: this set keeps their targets alive until the graph lets go of the node.</summary>
    private static readonly ConcurrentDictionary<AutogradNode, byte> Alive = new();

    /// <summary>Gradients that the node before handed to libtorch, which has its own references by the time the next node runs.</summary>
    [ThreadStatic]
    private static Tensor?[]? s_handedOver;

    private readonly Autograd.Errors _errors = Autograd.ErrorsOfThisThread;
    private readonly LibTorchSharp.ApplyCallback _apply;
    private readonly LibTorchSharp.DeleteCallback _delete;
    private readonly (long[] Shape, ScalarType Dtype, Device Device)?[] _inputs;
    private readonly nint[] _results;
    private Func<Tensor?[], Tensor?[]>? _backward;
    private Action? _release;

    private AutogradNode(ReadOnlySpan<Tensor> inputs, Func<Tensor?[], Tensor?[]> backward, Action? release)
    {
        _backward = backward;
        _release = release;
        _apply = Apply;
        _delete = Delete;
        _results = GC.AllocateArray<nint>(inputs.Length, pinned: true);
        _inputs = new (long[], ScalarType, Device)?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            if (inputs[i].requires_grad)
                _inputs[i] = (inputs[i].shape, inputs[i].dtype, inputs[i].device);
    }

    /// <summary>Puts a node between inputs and an output that was computed without a graph.</summary>
    /// <param name="inputs">The tensors that receive gradients. Borrowed.</param>
    /// <param name="output">The result. Taken over: use the returned tensor instead.</param>
    /// <param name="backward">
    /// Gets the output's gradient (borrowed) and returns one gradient an input, or null for none. Runs inside a dispose scope of its
    /// own, with gradients off, at most once. The returned tensors are taken over.
    /// </param>
    /// <param name="release">Frees what <paramref name="backward"/> needs: called once, after it ran, or when the graph is dropped without it,
    /// or at once when nothing asks for gradients.</param>
    /// <returns>The output with the node attached; the caller disposes it.</returns>
    public static Tensor Attach(ReadOnlySpan<Tensor> inputs, Tensor output, Func<Tensor, Tensor?[]> backward, Action? release = null) =>
        Attach(inputs, [output], gradients => backward(gradients[0]!), release)[0];

    /// <summary>Puts one node between inputs and several outputs that were computed without a graph.</summary>
    /// <param name="inputs">The tensors that receive gradients. Borrowed.</param>
    /// <param name="outputs">The results. Taken over: use the returned tensors instead.</param>
    /// <param name="backward">
    /// Gets one gradient an output (borrowed), null for an output that nothing above depends on, at least one of them a tensor. Else as for a single output.
    /// </param>
    /// <param name="release">As for a single output.</param>
    /// <returns>The outputs with the node attached; the caller disposes them.</returns>
    public static Tensor[] Attach(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, Func<Tensor?[], Tensor?[]> backward, Action? release = null)
    {
        if (!WantsGradient(inputs))
        {
            release?.Invoke();
            return [.. outputs];
        }

        AutogradNode node = new(inputs, backward, release);
        Alive.TryAdd(node, 0);
        LibTorchSharp.NodePointer native = LibTorchSharp.THSAutograd_CSharpNode_ctor(node._apply, node._delete);
        nint* inputHandles = stackalloc nint[inputs.Length], outputHandles = stackalloc nint[outputs.Length];
        LibTorchSharp.TensorArray edges = Handles(inputs, inputHandles);
        LibTorchSharp.THSAutograd_CSharpNode_setNextEdges(native, edges, true);
        LibTorchSharp.THSAutograd_CSharpNode_clearInputMetadata(native);
        nint* wrapped = stackalloc nint[outputs.Length];
        LibTorchSharp.AllocateCallback allocate = _ => wrapped;
        LibTorchSharp.THSAutograd_Function_wrapOutputs(edges, default, default, Handles(outputs, outputHandles), native, allocate);
        GC.KeepAlive(allocate);
        LibTorchSharp.THSAutograd_CSharpNode_disposeSharedPtr(native);
        LibTorchSharp.THSAutograd_CSharpNode_disposeWeakPtr(native);
        Tensor[] attached = new Tensor[outputs.Length];
        for (int i = 0; i < attached.Length; i++)
        {
            outputs[i].Dispose();
            attached[i] = Tensor.UnsafeCreateTensor(wrapped[i]);
        }

        return attached;
    }

    /// <summary>Whether a graph is being recorded and any input takes part in it.</summary>
    public static bool WantsGradient(ReadOnlySpan<Tensor> inputs)
    {
        if (!is_grad_enabled()) return false;
        foreach (Tensor input in inputs)
            if (input.requires_grad) return true;
        return false;
    }

    /// <summary>Frees the gradients of the last node of a pass; they are libtorch's by then.</summary>
    internal static void DisposeHandedOver()
    {
        if (s_handedOver is null) return;
        foreach (Tensor? tensor in s_handedOver) tensor?.Dispose();
        s_handedOver = null;
    }

    private LibTorchSharp.TensorArray Apply(nint gradients, int count)
    {
        DisposeHandedOver();
        Tensor?[] results;
        try
        {
            results = RunBackward(new ReadOnlySpan<nint>((void*)gradients, count));
        }
#pragma warning disable CA1031 // No exception may pass through native frames: it would end the process.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _errors.Add(error);
            results = ZerosOrNone();
        }

        for (int i = 0; i < _results.Length; i++) _results[i] = i < results.Length && results[i] is { } tensor ? tensor.Handle : 0;
        s_handedOver = results;
        fixed (nint* items = _results) return new LibTorchSharp.TensorArray { Items = items, Count = _results.Length };
    }

    private Tensor?[] RunBackward(ReadOnlySpan<nint> handles)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor?[] gradients = new Tensor?[handles.Length];
        for (int i = 0; i < gradients.Length; i++)
            if (handles[i] != 0)
                gradients[i] = Tensor.UnsafeCreateTensor(handles[i]);
        Func<Tensor?[], Tensor?[]> backward = _backward
            ?? throw new InvalidOperationException("A backward pass ran a second time through a node whose saved activations were freed by the first; run the forward pass again.");
        _backward = null;
        try
        {
            // Undefined gradients mean that nothing above depends on these outputs.
            if (gradients.All(gradient => gradient is null)) return new Tensor?[_inputs.Length];
            using (no_grad())
            {
                Tensor?[] results = backward(gradients);
                PeakSampler.Look();
                foreach (Tensor? result in results) result?.DetachFromDisposeScope();
                return results;
            }
        }
        finally
        {
            Release();
        }
    }

    private Tensor?[] ZerosOrNone()
    {
        Tensor?[] results = new Tensor?[_inputs.Length];
        try
        {
            for (int i = 0; i < results.Length; i++)
                if (_inputs[i] is { } input)
                    results[i] = zeros(input.Shape, input.Dtype, input.Device).DetachFromDisposeScope();
        }
#pragma warning disable CA1031 // Out of memory while reporting an error: undefined gradients are valid too.
        catch (Exception)
#pragma warning restore CA1031
        {
            return new Tensor?[_inputs.Length];
        }

        return results;
    }

    private static LibTorchSharp.TensorArray Handles(ReadOnlySpan<Tensor> tensors, nint* into)
    {
        for (int i = 0; i < tensors.Length; i++) into[i] = tensors[i].Handle;
        return new LibTorchSharp.TensorArray { Items = into, Count = tensors.Length };
    }

    private void Release()
    {
        Action? release = _release;
        _release = null;
        release?.Invoke();
    }

    private void Delete()
    {
        try
        {
            _backward = null;
            Release();
        }
#pragma warning disable CA1031 // Called from native code.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _errors.Add(error);
        }

        Alive.TryRemove(this, out _);
    }
}
