using LeanTune.Linalg;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// Both norms: y = w · z + b with z = (x − mean) · rstd, the mean left out in the root-mean-square norm. Keeps z, in the form its codec chooses,
/// and one number a row; backward never divides by w, so that a weight of 0 harms nothing.
/// </summary>
internal sealed class NormFunction(Tensor weight, Tensor? bias, double epsilon, bool centred, NormCasting casting)
{
    /// <summary>Rows that backward works on at a time stay near 1 MB, within a core's cache.</summary>
    private const long TileElements = 1 << 18;

    /// <summary>Which value is kept.</summary>
    public NormSave Keep { get; init; } = NormSave.Normalized;

    /// <summary>Applies the norm to the last dimension.</summary>
    /// <param name="input">x, (..., n). Borrowed.</param>
    /// <param name="saver">How z is kept.</param>
    /// <param name="kept">The output's handle, or null when no graph is recorded; the caller disposes it.</param>
    /// <returns>(..., n); the caller disposes it.</returns>
    public Tensor Apply(Tensor input, in ActivationSaver saver, out SharedActivation? kept)
    {
        kept = null;
        Tensor output, rstd;
        SharedActivation? saved = null;
        bool recording = is_grad_enabled();
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor normalized = Normalize(input, out rstd);
            output = Affine(normalized).to(input.dtype);
            if (recording) saved = saver.Save(Keep == NormSave.Output ? output : normalized.to(input.dtype));
            output.DetachFromDisposeScope();
            rstd.DetachFromDisposeScope();
        }

        if (saved is null)
        {
            rstd.Dispose();
            return output;
        }

        kept = Keep == NormSave.Output ? saved.Share() : AffineActivation.Of(saved.Share(), weight, bias);
        return Attach(input, output, saved, rstd);
    }

    /// <summary>Attaches the node; what is kept and the statistics are taken over.</summary>
    private Tensor Attach(Tensor input, Tensor output, SharedActivation saved, Tensor rstd)
    {
        Tensor[] inputs = bias is null ? [input, weight] : [input, weight, bias];
        bool[] wanted = [.. inputs.Select(each => each.requires_grad)];
        (SavedBytes? ledger, ActivationSite site, long bytes) = (saved.Ledger, saved.Site, TensorStorage.Bytes(rstd));
        ledger?.Add(site, SavedBytes.Statistics, bytes);
        // The caller may dispose its handles on the parameters once the forward pass is over.
        Tensor ownWeight = weight.detach().DetachFromDisposeScope();
        Tensor? ownBias = bias?.detach().DetachFromDisposeScope();
        NormFunction own = new(ownWeight, ownBias, epsilon, centred, casting) { Keep = Keep };
        return AutogradNode.Attach(
            inputs, output, gradient => own.Backward(gradient, saved, rstd, wanted)[..inputs.Length],
            () =>
            {
                ledger?.Remove(site, SavedBytes.Statistics, bytes);
                saved.Dispose();
                rstd.Dispose();
                ownWeight.Dispose();
                ownBias?.Dispose();
            });
    }

    private Tensor Normalize(Tensor input, out Tensor rstd)
    {
        Tensor wide = input.to(RowProducts.ComputeType(input.dtype));
        if (centred) wide = wide - wide.mean([-1], keepdim: true);
        // The norm reduces without a squared copy of the input.
        rstd = wide.norm(-1, keepdim: true, p: 2f).pow_(2).div_(input.shape[^1]).add_(epsilon).rsqrt_(); // (..., 1)
        Tensor normalized = wide * rstd;
        return casting == NormCasting.Input ? normalized.to(input.dtype) : normalized;
    }

    private Tensor Affine(Tensor normalized)
    {
        Tensor output = normalized * weight.to(normalized.dtype); // not in place: the codec may share the normalised value
        return bias is null ? output : output.add_(bias.to(normalized.dtype));
    }

    /// <summary>Gradients of x, w and b: rstd · (g·w − mean(g·w) − z · mean(g·w·z)), Σ g·z and Σ g; no first mean without centring.</summary>
    private Tensor?[] Backward(Tensor gradient, SharedActivation saved, Tensor rstd, bool[] wanted)
    {
        long width = gradient.shape[^1];
        ScalarType type = RowProducts.ComputeType(gradient.dtype);
        Tensor flat = gradient.reshape(-1, width), scale = rstd.view(-1, 1), wideWeight = weight.to(type);
        Tensor? inputGradient = wanted[0] ? empty(flat.shape, flat.dtype, flat.device) : null; // (N, n)
        Tensor? weightGradient = wanted[1] ? zeros(width, type, flat.device) : null, biasGradient = wanted is [_, _, true] ? zeros(width, type, flat.device) : null;
        foreach (RowTile tile in new RowTile(0, flat.shape[0]).Cut(Math.Max(16, TileElements / width)))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor g = flat.narrow(0, tile.First, tile.Rows).to(type);
            biasGradient?.add_(g.sum(dim: 0));
            if (inputGradient is null && weightGradient is null) continue;
            Tensor z = Normalized(saved, tile).to(type);
            weightGradient?.add_((g * z).sum(dim: 0));
            if (inputGradient is null) continue;
            Tensor weighted = g * wideWeight;
            Tensor along = (weighted * z).mean([-1], keepdim: true); // (rows, 1)
            if (centred) weighted.sub_(weighted.mean([-1], keepdim: true));
            inputGradient.narrow(0, tile.First, tile.Rows).copy_(weighted.addcmul_(z, along, value: -1).mul_(scale.narrow(0, tile.First, tile.Rows)));
        }

        return [inputGradient?.view(gradient.shape), weightGradient?.to(weight.dtype), bias is null ? null : biasGradient?.to(bias.dtype)]; // as the gradient
    }

    private Tensor Normalized(SharedActivation saved, RowTile tile)
    {
        Tensor restored = saved.Restore(tile.First, tile.Rows);
        if (Keep == NormSave.Normalized) return restored;
        ScalarType type = RowProducts.ComputeType(restored.dtype);
        Tensor scaled = bias is null ? restored.to(type) : restored.to(type) - bias.to(type);
        return scaled / weight.to(type);
    }
}
