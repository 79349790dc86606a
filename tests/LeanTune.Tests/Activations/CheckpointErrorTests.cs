using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>What goes wrong inside a segment reaches the caller, and leaves nothing behind.</summary>
public sealed class CheckpointErrorTests : IDisposable
{
    private static readonly SaveContext Context = new(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SavedBytes _saved = new();
    private readonly Tensor _x = randn(30, 12, generator: new Generator(1)).requires_grad_();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_exception_in_recomputation_reaches_the_caller_and_the_next_pass_works()
    {
        Tensor loss = Breaking(_x, "no such luck").sum();
        Should.Throw<InvalidDataException>(() => Autograd.Backward(loss)).Message.ShouldBe("no such luck");
        _saved.Total.ShouldBe(0);
        NextPassWorks();
    }

    [Fact]
    public void An_exception_of_libtorch_in_recomputation_reaches_the_caller()
    {
        int calls = 0;
        Tensor loss = Run(inputs => inputs[0] + ones(++calls == 1 ? 12 : 13), _x).sum();
        Should.Throw<Exception>(() => Autograd.Backward(loss)).Message.ShouldContain("13");
        NextPassWorks();
    }

    [Fact]
    public void An_exception_in_a_nested_recomputation_reaches_the_caller()
    {
        int calls = 0;
        // The inner segment runs in the forward pass, in the outer recomputation, and in its own: the third is the nested one.
        Tensor loss = Run(
            outer => Run(
                inner =>
                {
                    if (++calls == 3) throw new InvalidDataException("deep inside");
                    return inner[0].tanh();
                },
                outer[0]),
            _x).sum();
        Should.Throw<InvalidDataException>(() => Autograd.Backward(loss)).Message.ShouldBe("deep inside");
        calls.ShouldBe(3);
        _saved.Total.ShouldBe(0);
        NextPassWorks();
    }

    [Fact]
    public void The_error_of_a_late_segment_outlives_the_recomputation_of_earlier_ones()
    {
        Tensor early = Run(inputs => inputs[0].tanh(), _x);
        Tensor loss = Breaking(early, "the last block").sum();
        Should.Throw<InvalidDataException>(() => Autograd.Backward(loss)).Message.ShouldBe("the last block");
        _saved.Total.ShouldBe(0);
        NextPassWorks();
    }

    [Fact]
    public void Of_two_errors_the_first_is_reported()
    {
        Tensor loss = Breaking(Breaking(_x, "early"), "late").sum();
        Should.Throw<InvalidDataException>(() => Autograd.Backward(loss)).Message.ShouldBe("late");
        NextPassWorks();
    }

    [Fact]
    public void A_second_backward_pass_is_an_error_that_says_so()
    {
        Tensor loss = Run(inputs => inputs[0].tanh(), _x).sum();
        Autograd.Backward(loss);
        Should.Throw<InvalidOperationException>(() => Autograd.Backward(loss)).Message.ShouldContain("second time");
        NextPassWorks();
    }

    [Fact]
    public void An_exception_in_the_forward_pass_leaves_nothing_in_the_ledger()
    {
        Should.Throw<InvalidDataException>(() => Run(_ => throw new InvalidDataException("forward"), _x));
        Should.Throw<InvalidDataException>(() => Checkpoint.Run(
            inputs => inputs[0] + inputs[1], [_x, _x], [new Exact(), new Refusing()], [Context, Context], _saved));
        _saved.Total.ShouldBe(0);
        NextPassWorks();
    }

    [Fact]
    public void A_codec_that_fails_in_the_backward_pass_reaches_the_caller()
    {
        ObservedCodec codec = new(new Exact(), _ => throw new InvalidDataException("cannot restore"));
        Tensor loss = Checkpoint.Run(inputs => inputs[0].tanh(), [_x], [codec], [Context], _saved).sum();
        Should.Throw<InvalidDataException>(() => Autograd.Backward(loss)).Message.ShouldBe("cannot restore");
        _saved.Total.ShouldBe(0);
        NextPassWorks();
    }

    private Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> segment, Tensor input) => Checkpoint.Run(segment, [input], [new Exact()], [Context], _saved);

    /// <summary>Works in the forward pass and fails in recomputation.</summary>
    private Tensor Breaking(Tensor input, string message)
    {
        int calls = 0;
        return Run(inputs => ++calls == 1 ? inputs[0].tanh() : throw new InvalidDataException(message), input);
    }

    private void NextPassWorks()
    {
        _x.grad = null;
        Autograd.Backward(Run(inputs => inputs[0] * 3, _x).sum());
        _x.grad!.IsSameAs(full_like(_x, 3)).ShouldBeTrue();
    }

    private sealed class Refusing : IActivationCodec
    {
        public bool Serves(ActivationRole role) => true;

        public SavedActivation Save(Tensor activation, in SaveContext context) => throw new InvalidDataException("refused");
    }
}
