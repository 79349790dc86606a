using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>Linear layers that read one input, as one node of the graph: their gradients of it are summed in place, and it is rebuilt once.</summary>
internal static class LoraNode
{
    /// <summary>Applies the layers.</summary>
    /// <param name="input">(N, in). Borrowed.</param>
    /// <param name="linears">The layers.</param>
    /// <param name="dropout">Makes the dropout masks; null in evaluation.</param>
    /// <param name="kept">What is kept of the input. Borrowed.</param>
    /// <param name="release">Called when the layers' tensors are needed no more, or null.</param>
    /// <returns>(N, out) of each; the caller disposes them.</returns>
    public static Tensor[] Apply(Tensor input, IReadOnlyList<LoraLinear> linears, DropoutMask? dropout, SharedActivation kept, Action? release = null)
    {
        LoraPart[] parts = [.. linears.Select(linear => new LoraPart(linear, dropout))];
        Tensor[] outputs;
        try
        {
            using IDisposable quiet = no_grad();
            using DisposeScope scope = NewDisposeScope();
            outputs = [.. parts.Select(part => part.Forward(input))];
            foreach (Tensor output in outputs) output.MoveToOuterDisposeScope();
        }
        catch
        {
            foreach (LoraPart part in parts) part.Dispose();
            release?.Invoke();
            throw;
        }

        Tensor[] inputs = [input, .. parts.SelectMany(part => part.Parameters)];
        if (!AutogradNode.WantsGradient(inputs))
        {
            foreach (LoraPart part in parts) part.Dispose();
            release?.Invoke();
            return outputs;
        }

        SharedActivation own = kept.Share();
        long hidden = parts.Sum(part => part.HiddenBytes);
        own.Ledger?.Add(own.Site, SavedBytes.Exact, hidden);
        (bool wantsInput, ScalarType type) = (input.requires_grad, input.dtype);
        return AutogradNode.Attach(inputs, outputs, gradients => [.. Backward(gradients, parts, own, wantsInput, type)], () =>
        {
            own.Ledger?.Remove(own.Site, SavedBytes.Exact, hidden);
            own.Dispose();
            foreach (LoraPart part in parts) part.Dispose();
            release?.Invoke();
        });
    }

    private static IEnumerable<Tensor?> Backward(Tensor?[] gradients, LoraPart[] parts, SharedActivation kept, bool wantsInput, ScalarType type)
    {
        List<LoraPart> meeting = [];
        List<Tensor> factors = [];
        for (int i = 0; i < parts.Length; i++)
            if (gradients[i] is { } gradient && parts[i].Take(gradient) is { } factor)
            {
                meeting.Add(parts[i]);
                factors.Add(factor);
            }

        bool drops = meeting.Any(part => part.Drops);
        Tensor[] products = factors.Count == 0
            ? []
            : RowProduct.Transposed(kept, factors, drops ? (index, rows, tile) => meeting[index].Drop(rows, tile.First) : null);
        yield return wantsInput ? InputGradient(gradients, parts, type) : null;
        foreach (LoraPart part in parts)
        {
            int index = meeting.IndexOf(part);
            foreach (Tensor? gradient in part.ParameterGradients(index < 0 ? null : products[index])) yield return gradient;
        }
    }

    /// <summary>The layers' gradients of their input, summed in fp32.</summary>
    /// <returns>(N, in), or null where no layer has a gradient.</returns>
    private static Tensor? InputGradient(Tensor?[] gradients, LoraPart[] parts, ScalarType type)
    {
        if (gradients.FirstOrDefault(gradient => gradient is not null) is not { } one) return null;
        Tensor? result = null;
        foreach (RowTile piece in LoraPart.Pieces(one))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor? sum = null; // (rows, in)
            for (int i = 0; i < parts.Length; i++)
                if (gradients[i] is { } gradient)
                    sum = parts[i].AddInputGradient(sum, gradient, piece);
            if (sum!.dtype == type && piece.Rows == one.shape[0]) return sum.MoveToOuterDisposeScope();
            result ??= empty(one.shape[0], sum.shape[1], type, one.device).MoveToOuterDisposeScope();
            result.narrow(0, piece.First, piece.Rows).copy_(sum);
        }

        return result ?? empty(0, parts[0].InputWidth, type, one.device);
    }
}
