using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using LeanTune.Tests.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>Steps on two threads.</summary>
[Collection(nameof(NativeMemoryCollection))] // sets the number of threads, which all of libtorch shares
public sealed class ThreadedStepTests : IDisposable
{
    private readonly int _threads = get_num_threads();

    public void Dispose() => set_num_threads(_threads);

    [Theory]
    [InlineData(ActivationMode.None)]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    [InlineData(ActivationMode.Ops)]
    public void A_step_repeats_bit_by_bit_on_two_threads(ActivationMode mode)
    {
        set_num_threads(2);
        using LoractLlama llama = new(dropout: 0.3);
        using Tensor ids = llama.Ids("plain", 0);
        ActivationPlan plan = ActivationPlan.Uniform(llama.Model.Config.Blocks, mode, mode == ActivationMode.None ? new Exact() : new ResidualChain());
        Tensor Gradient()
        {
            llama.Step(ids, plan, settings => settings with { Dropout = new DropoutMask(new SeededDraws(5)) });
            return llama.Parameters.Gradients.clone();
        }

        using Tensor first = Gradient();
        for (int again = 0; again < 3; again++)
        {
            using Tensor other = Gradient();
            other.IsSameAs(first).ShouldBeTrue();
        }
    }
}
