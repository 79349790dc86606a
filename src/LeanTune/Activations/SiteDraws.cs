using LeanTune.Native;

namespace LeanTune.Activations;

/// <summary>Seeded draws by place in the model.</summary>
public static class SiteDraws
{
    /// <summary>The draws of one site at one step.</summary>
    /// <param name="draws">The run's draws.</param>
    /// <param name="step">Counts micro-batches over the whole run, so that no two share their draws.</param>
    /// <param name="site">Where the tensor stands.</param>
    public static SeededDraws For(this SeededDraws draws, long step, ActivationSite site) =>
        draws.For(step).For(site.Block).For((long)site.Role).For(site.Ordinal);
}
