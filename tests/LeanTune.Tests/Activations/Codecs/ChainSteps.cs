using LeanTune.Activations;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>What tests of chains do again and again.</summary>
internal static class ChainSteps
{
    /// <summary>The context of a block's input.</summary>
    public static SaveContext At(int block, ChainState? chain, Tensor? mask = null) =>
        new(new ActivationSite(block, ActivationRole.BlockInput), new SeededDraws(3).For(block), mask, chain);

    /// <summary>A forward pass: one saved activation a block.</summary>
    public static SavedActivation[] SaveAll(IActivationCodec codec, Tensor[] stream, ChainState? chain, Tensor? mask = null) =>
        [.. stream.Select((activation, block) => codec.Save(activation, At(block, chain, mask)))];
}
