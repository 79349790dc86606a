using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Models;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>What a test tells a forward pass; by default seeded draws and nothing else.</summary>
internal sealed record PassSettings
{
    public ActivationPlan? Plan { get; init; }

    public Func<ActivationSite, IDraws> Draws { get; init; } = site => new SeededDraws(7).For(0, site);

    public NormSave NormSave { get; init; } = NormSave.Normalized;

    public SavedBytes? Saved { get; init; }

    public Tensor? RowMask { get; init; }

    public Tensor? Labels { get; init; }

    public DropoutMask? Dropout { get; init; }

    public ForwardPass For(Decoder model, Tensor ids) => new(model.Config, ids, model.Dtype)
    {
        Plan = Plan,
        Draws = Draws,
        NormSave = NormSave,
        Saved = Saved,
        RowMask = RowMask,
        Dropout = Dropout,
    };
}
