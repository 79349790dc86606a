using LeanTune.Activations;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>Another codec, with its calls shown to the test.</summary>
internal sealed class ObservedCodec(IActivationCodec inner, Action<ActivationSite>? onRestore = null) : IActivationCodec
{
    /// <summary>Sites that were saved, in order.</summary>
    public List<ActivationSite> Saves { get; } = [];

    /// <summary>Sites that were restored, in order.</summary>
    public List<ActivationSite> Restores { get; } = [];

    public bool Serves(ActivationRole role) => inner.Serves(role);

    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        Saves.Add(context.Site);
        return new Observed(inner.Save(activation, context), context.Site, this);
    }

    private void Restored(ActivationSite site)
    {
        Restores.Add(site);
        onRestore?.Invoke(site);
    }

    private sealed class Observed(SavedActivation saved, ActivationSite site, ObservedCodec codec) : SavedActivation
    {
        public override long Bytes => saved.Bytes;

        public override string Kind => saved.Kind;

        public override IReadOnlyList<long> Shape => saved.Shape;

        public override Tensor Restore(long firstRow, long rows)
        {
            codec.Restored(site);
            return saved.Restore(firstRow, rows);
        }

        protected override void Dispose(bool disposing) => saved.Dispose();
    }
}
