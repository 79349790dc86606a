using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Optimization;

/// <summary>
/// All trained numbers in one fp32 buffer and all their gradients in another: each parameter is a leaf that views its part, and
/// backward passes add straight into the gradients' buffer. One buffer is one optimizer step, one norm, one reduction.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    private readonly List<(string Name, Tensor Leaf, Tensor Gradient)> _entries = [];

    /// <summary>Takes the start values over into the buffer.</summary>
    /// <param name="values">Name, start value (any shape; disposed) and whether weight decay applies. Decayed ones come first in the buffer.</param>
    /// <param name="device">Where the buffer lives.</param>
    public FlatParameters(IEnumerable<(string Name, Tensor Value, bool Decays)> values, Device device)
    {
        using IDisposable quiet = no_grad();
        List<(string Name, Tensor Value, bool Decays)> ordered = [.. values.OrderBy(entry => entry.Decays ? 0 : 1)];
        if (ordered.Count == 0) throw new ArgumentException("There is nothing to train.", nameof(values));
        Length = ordered.Sum(entry => entry.Value.NumberOfElements);
        DecayedLength = ordered.Where(entry => entry.Decays).Sum(entry => entry.Value.NumberOfElements);
        Values = empty(Length, ScalarType.Float32, device).DetachFromDisposeScope();
        List<(string Name, Tensor Leaf)> leaves = [];
        long offset = 0;
        foreach ((string name, Tensor value, _) in ordered)
        {
            // Every view keeps the whole buffer alive: none but leaf and gradient may outlast the loop.
            using DisposeScope scope = NewDisposeScope();
            long count = value.NumberOfElements;
            Tensor leaf = Values.narrow(0, offset, count).view(value.shape).detach().DetachFromDisposeScope(); // as the value
            leaf.copy_(value);
            leaves.Add((name, leaf));
            value.Dispose();
            offset += count;
        }

        // Only now: start values and gradients never take room side by side.
        Gradients = zeros(Length, ScalarType.Float32, device).DetachFromDisposeScope();
        offset = 0;
        foreach ((string name, Tensor leaf) in leaves)
        {
            using DisposeScope scope = NewDisposeScope();
            leaf.requires_grad_();
            Tensor gradient = Gradients.narrow(0, offset, leaf.NumberOfElements).view(leaf.shape).DetachFromDisposeScope(); // as the leaf
            leaf.grad = gradient;
            _entries.Add((name, leaf, gradient));
            offset += leaf.NumberOfElements;
        }

        ByName = _entries.ToDictionary(entry => entry.Name, entry => entry.Leaf, StringComparer.Ordinal);
    }

    /// <summary>All values, (Length).</summary>
    public Tensor Values { get; }

    /// <summary>All gradients, (Length).</summary>
    public Tensor Gradients { get; }

    /// <summary>How many numbers.</summary>
    public long Length { get; }

    /// <summary>How many of the first numbers weight decay applies to.</summary>
    public long DecayedLength { get; }

    /// <summary>The leaves by name. Borrowed.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName { get; }

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGradients()
    {
        using IDisposable quiet = no_grad();
        Gradients.zero_();
    }

    /// <summary>Global L2 norm of the gradients.</summary>
    public double GradientNorm()
    {
        using IDisposable quiet = no_grad();
        using Tensor norm = Gradients.norm();
        return norm.item<float>();
    }

    /// <summary>L2 norm of each parameter's gradient, in the order in which they were given.</summary>
    public IReadOnlyList<(string Name, double Norm)> GradientNorms()
    {
        using IDisposable quiet = no_grad();
        List<(string, double)> norms = [];
        foreach ((string name, _, Tensor gradient) in _entries)
        {
            using Tensor norm = gradient.norm();
            norms.Add((name, norm.item<float>()));
        }

        return norms;
    }

    /// <summary>Scales the gradients down to a global L2 norm.</summary>
    /// <param name="norm">Their present norm.</param>
    /// <param name="limit">The largest norm to leave.</param>
    public void ClipGradients(double norm, double limit)
    {
        if (!(norm > limit)) return;
        using IDisposable quiet = no_grad();
        Gradients.mul_(limit / norm);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor leaf, Tensor gradient) in _entries)
        {
            leaf.Dispose();
            gradient.Dispose();
        }

        _entries.Clear();
        Values.Dispose();
        Gradients.Dispose();
    }
}
