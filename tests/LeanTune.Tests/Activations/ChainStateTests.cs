using CsCheck;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Tests.Activations.Codecs;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>A chain's life: one walk up, one walk down, in strict order; anything else is an error that says so.</summary>
public class ChainStateTests
{
    private readonly Tensor[] _stream = Streams.Residual(blocks: 4, tokens: 60, features: 32);

    [Fact]
    public void Only_the_activation_saved_last_can_be_restored()
    {
        using ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(), _stream, chain);
        string message = Should.Throw<InvalidOperationException>(() => saved[1].Restore()).Message;
        message.ShouldContain("block 1 BlockInput");
        message.ShouldContain("block 3 BlockInput");
        message.ShouldContain("exactly the reverse order");
        saved[3].Restore().Dispose();
        saved[3].Dispose();
        saved[2].Restore().Dispose(); // the refusal harmed nothing
        Should.Throw<ObjectDisposedException>(() => saved[3].Restore());
    }

    [Fact]
    public void Tiles_of_the_last_activation_share_its_memory_until_it_is_disposed()
    {
        using ChainState chain = new();
        SavedActivation last = ChainSteps.SaveAll(new ResidualChain(), _stream, chain)[^1];
        using Tensor whole = last.Restore(), tile = last.Restore(10, 5), again = last.Restore(10, 5);
        tile.IsSameAs(whole.narrow(0, 10, 5)).ShouldBeTrue();
        again.IsSameAs(tile).ShouldBeTrue();
        whole[12].fill_(7);
        tile[2].eq(7).all().item<bool>().ShouldBeTrue();
        tile.requires_grad_().is_leaf.ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_saved_once_restoring_has_begun()
    {
        using ChainState chain = new();
        ResidualChain codec = new();
        SavedActivation[] saved = ChainSteps.SaveAll(codec, _stream, chain);
        saved[3].Restore().Dispose();
        Should.Throw<InvalidOperationException>(() => codec.Save(_stream[0], ChainSteps.At(4, chain))).Message.ShouldContain("begun to restore");
        foreach (SavedActivation one in saved.Reverse())
        {
            one.Restore().Dispose();
            one.Dispose();
        }
        Should.Throw<InvalidOperationException>(() => codec.Save(_stream[0], ChainSteps.At(0, chain))).Message.ShouldContain("chain of its own");
    }

    [Fact]
    public void A_graph_that_is_dropped_frees_everything_in_any_order() =>
        Gen.Shuffle(Enumerable.Range(0, 4).ToArray()).Sample(order =>
        {
            using ChainState chain = new();
            SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(), _stream, chain);
            long[] bytes = [.. saved.Select(one => one.Bytes)];
            saved[order[0]].Dispose();
            chain.Bytes.ShouldBe(0);
            string message = Should.Throw<InvalidOperationException>(() => saved[order[1]].Restore()).Message;
            message.ShouldContain($"block {order[0]} BlockInput was dropped before it was restored");
            foreach (int one in order) saved[one].Dispose();
            saved.Select(one => one.Bytes).ShouldBe(bytes); // the ledger takes away what it added
        }, iter: 24);

    [Fact]
    public void A_disposed_chain_restores_nothing()
    {
        ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(new ResidualChain(), _stream, chain);
        chain.Bytes.ShouldBe(60 * 32 * 4);
        chain.Dispose();
        chain.Bytes.ShouldBe(0);
        Should.Throw<InvalidOperationException>(() => saved[3].Restore());
        foreach (SavedActivation one in saved) one.Dispose();
        chain.Dispose();
    }

    [Fact]
    public void Another_shape_or_mask_is_refused_by_name()
    {
        using ChainState chain = new();
        ResidualChain codec = new();
        codec.Save(_stream[0], ChainSteps.At(0, chain));
        using Tensor shorter = _stream[1].narrow(0, 0, 50), mask = ones(60, ScalarType.Bool);
        Should.Throw<ArgumentException>(() => codec.Save(shorter, ChainSteps.At(1, chain))).Message.ShouldContain("50 rows of 32 features");
        mask[3] = false;
        Should.Throw<ArgumentException>(() => codec.Save(_stream[1], ChainSteps.At(1, chain, mask))).Message.ShouldContain("row mask at block 1");
        SavedActivation second = codec.Save(_stream[1], ChainSteps.At(1, chain)); // the refusals harmed nothing
        using Tensor restored = second.Restore();
        Errors.Relative(restored, _stream[1]).ShouldBeLessThan(0.2);
    }

    [Fact]
    public void A_checkpointed_network_runs_backward_through_the_chain()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var generator = new TorchSharp.torch.Generator(4);
        Tensor[] weights = [.. Enumerable.Range(0, 5).Select(_ => (randn(32, 32, generator: generator) * 0.1).requires_grad_())];
        SavedBytes ledger = new();
        double[] errors = [Run(new ResidualChain(4), new ChainState()), Run(new ResidualChain(2), new ChainState())];
        errors[0].ShouldBeLessThan(0.05);
        errors[1].ShouldBeInRange(errors[0], 0.2);
        ledger.Total.ShouldBe(0);

        double Run(IActivationCodec codec, ChainState chain)
        {
            Tensor[] exact = Gradients(new Exact(), null), coded = Gradients(codec, chain);
            return exact.Zip(coded).Max(pair => Errors.Relative(pair.Second, pair.First));
        }

        Tensor[] Gradients(IActivationCodec codec, ChainState? chain)
        {
            Tensor hidden = _stream[0].clone().requires_grad_();
            Tensor output = hidden;
            for (int block = 0; block < 5; block++)
            {
                Tensor weight = weights[block];
                output = Checkpoint.Run(inputs => inputs[0] + inputs[0].mm(weight).tanh(), [output], [codec], [ChainSteps.At(block, chain)], ledger);
            }
            LeanTune.Native.Autograd.Backward(output.square().mean());
            Tensor[] gradients = [.. weights.Select(weight => weight.grad!.clone()), hidden.grad!.clone()];
            foreach (Tensor weight in weights) weight.grad = null;
            chain?.Bytes.ShouldBe(0);
            return gradients;
        }
    }
}
