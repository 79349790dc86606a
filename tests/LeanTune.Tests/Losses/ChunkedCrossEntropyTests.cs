using LeanTune.Losses;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Losses;

/// <summary>The chunked loss against torch's cross-entropy on the logits of all tokens.</summary>
public class ChunkedCrossEntropyTests
{
    private const int Batch = 3, Tokens = 7, Width = 16, Vocabulary = 41;
    private const long OneToken = 1, FourTokens = 4 * Vocabulary * sizeof(float), Everything = ChunkedCrossEntropy.DefaultChunkBytes;
    private const double Scale = 1.0 / 9;

    [Theory]
    [InlineData(OneToken, false)]
    [InlineData(OneToken, true)]
    [InlineData(FourTokens, false)]
    [InlineData(FourTokens, true)]
    [InlineData(Everything, false)]
    [InlineData(Everything, true)]
    public void Equals_the_plain_loss_and_its_gradients(long chunkBytes, bool trainHead)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor labels) = Example(ScalarType.Float32, trainHead);
        (Tensor plainHidden, Tensor plainHead) = (hidden.detach().clone().requires_grad_(), head.detach().clone().requires_grad_(trainHead));
        Tensor plain = Plain(plainHidden, plainHead, labels);
        plain.backward();

        Tensor loss = ChunkedCrossEntropy.Sum(hidden, head, labels, Scale, chunkBytes);
        Autograd.Backward(loss);
        loss.dtype.ShouldBe(ScalarType.Float32);
        loss.item<float>().ShouldBe(plain.item<float>(), 2e-6);
        Difference(hidden.grad!, plainHidden.grad!).ShouldBeLessThan(1e-6);
        if (trainHead) Difference(head.grad!, plainHead.grad!).ShouldBeLessThan(1e-6);
        else head.grad.ShouldBeNull();
    }

    [Theory]
    [InlineData(OneToken)]
    [InlineData(Everything)]
    public void In_bf16_it_is_as_near_to_the_exact_loss_as_bf16_logits_are(long chunkBytes)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor labels) = Example(ScalarType.BFloat16, trainHead: false);
        Tensor exactHidden = hidden.detach().to(ScalarType.Float32).requires_grad_();
        Tensor exact = Plain(exactHidden, head.to(ScalarType.Float32), labels);
        exact.backward();
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, head, labels, Scale, chunkBytes);
        Autograd.Backward(loss);
        loss.dtype.ShouldBe(ScalarType.Float32);
        loss.item<float>().ShouldBe(exact.item<float>(), 0.01 * exact.item<float>());
        hidden.grad!.dtype.ShouldBe(ScalarType.BFloat16);
        Difference(hidden.grad!, exactHidden.grad!).ShouldBeLessThan(0.02 * exactHidden.grad!.abs().max().item<float>());
    }

    [Fact]
    public void The_backward_pass_scales_by_the_gradient_it_gets()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor labels) = Example(ScalarType.Float32, trainHead: true);
        (Tensor plainHidden, Tensor plainHead) = (hidden.detach().clone().requires_grad_(), head.detach().clone().requires_grad_());
        Plain(plainHidden, plainHead, labels).mul(-3).backward();
        Autograd.Backward(ChunkedCrossEntropy.Sum(hidden, head, labels, Scale).mul(-3));
        Difference(hidden.grad!, plainHidden.grad!).ShouldBeLessThan(3e-6);
        Difference(head.grad!, plainHead.grad!).ShouldBeLessThan(3e-6);
    }

    [Theory]
    [InlineData(OneToken)]
    [InlineData(FourTokens)]
    public void With_the_norm_inside_it_equals_the_norm_before_it(long chunkBytes)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor labels) = Example(ScalarType.Float32, trainHead: true);
        Tensor weight = rand(Width).add_(0.5).requires_grad_();
        (Tensor plainHidden, Tensor plainHead, Tensor plainWeight) =
            (hidden.detach().clone().requires_grad_(), head.detach().clone().requires_grad_(), weight.detach().clone().requires_grad_());
        Tensor normed = plainHidden * (plainHidden.pow(2).mean([-1], keepdim: true) + 1e-5).rsqrt() * plainWeight;
        Tensor plain = Plain(normed, plainHead, labels);
        plain.backward();
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, new RmsNorm(weight, 1e-5), head, labels, Scale, chunkBytes);
        Autograd.Backward(loss);
        loss.item<float>().ShouldBe(plain.item<float>(), 2e-6f);
        Difference(hidden.grad!, plainHidden.grad!).ShouldBeLessThan(2e-6);
        Difference(head.grad!, plainHead.grad!).ShouldBeLessThan(2e-6);
        Difference(weight.grad!, plainWeight.grad!).ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void Large_logits_cost_no_digits()
    {
        using DisposeScope scope = NewDisposeScope();
        // Logits 30000 and 30001: ln(1 + e) and ln(1 + 1/e), though fp32 has steps of 0.002 there.
        Tensor hidden = tensor(new float[] { 30000, 1, 0, 0 }, [2, 2]), head = tensor(new float[] { 1, 0, 1, 1 }, [2, 2]);
        ChunkedCrossEntropy.Sum(hidden, head, tensor(new long[] { -100, 0 }, [1, 2]), 1).item<float>().ShouldBe((float)Math.Log(1 + Math.E), 1e-6f);
        ChunkedCrossEntropy.Sum(hidden, head, tensor(new long[] { -100, 1 }, [1, 2]), 1).item<float>().ShouldBe((float)Math.Log(1 + (1 / Math.E)), 1e-6f);
    }

    [Theory]
    [InlineData(Batch, Tokens)]
    [InlineData(Batch, 1)]
    public void Without_a_supervised_token_loss_and_gradients_are_zero(int batch, int tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = randn(batch * tokens, Width).requires_grad_(), head = randn(Vocabulary, Width).requires_grad_();
        Tensor labels = full([batch, tokens], -100, ScalarType.Int64);
        labels.narrow(1, 0, 1).fill_(5); // nothing predicts the first token
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, head, labels, 1);
        Autograd.Backward(loss);
        loss.item<float>().ShouldBe(0);
        hidden.grad!.count_nonzero().item<long>().ShouldBe(0);
        head.grad!.count_nonzero().item<long>().ShouldBe(0);
    }

    [Fact]
    public void Evaluation_gives_the_same_value_without_a_graph()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor labels) = Example(ScalarType.Float32, trainHead: true);
        float trained = ChunkedCrossEntropy.Sum(hidden, head, labels, Scale, FourTokens).item<float>();
        using IDisposable quiet = no_grad();
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, head, labels, Scale, FourTokens);
        loss.requires_grad.ShouldBeFalse();
        loss.item<float>().ShouldBe(trained);
    }

    [Fact]
    public void Labels_of_another_shape_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Should.Throw<ArgumentException>(() => ChunkedCrossEntropy.Sum(randn(6, 4), randn(5, 4), zeros(2, 4, ScalarType.Int64), 1))
            .Message.ShouldContain("B·T = 6");
    }

    /// <summary>Labels with holes; the second row has none at all.</summary>
    private static (Tensor Hidden, Tensor Head, Tensor Labels) Example(ScalarType dtype, bool trainHead)
    {
        using Generator draws = new Generator(seed: 4, CPU);
        Tensor labels = randint(0, Vocabulary, [Batch, Tokens], ScalarType.Int64, generator: draws);
        labels.select(0, 1).fill_(-100);
        labels[0, 3] = -100;
        labels[2, 6] = -100;
        return (
            randn([Batch * Tokens, Width], ScalarType.Float32, generator: draws).to(dtype).requires_grad_(),
            randn([Vocabulary, Width], ScalarType.Float32, generator: draws).to(dtype).requires_grad_(trainHead),
            labels);
    }

    private static Tensor Plain(Tensor hidden, Tensor head, Tensor labels)
    {
        Tensor logits = nn.functional.linear(hidden, head).view(Batch, Tokens, Vocabulary).narrow(1, 0, Tokens - 1); // (B, T - 1, V)
        Tensor targets = labels.narrow(1, 1, Tokens - 1); // (B, T - 1)
        return nn.functional.cross_entropy(logits.reshape(-1, Vocabulary), targets.reshape(-1), ignore_index: -100, reduction: nn.Reduction.Sum) * Scale;
    }

    private static double Difference(Tensor left, Tensor right) => (left.to(ScalarType.Float32) - right.to(ScalarType.Float32)).abs().max().item<float>();
}
