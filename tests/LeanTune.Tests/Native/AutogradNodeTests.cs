using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Backward functions written in C#: their gradients, their errors, and when they let go of what they saved.</summary>
public class AutogradNodeTests
{
    [Fact]
    public void Gradients_reach_the_inputs()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = tensor(new float[] { 1, 2, 3 }).requires_grad_(), b = tensor(new float[] { 4, 5, 6 }).requires_grad_();
        Autograd.Backward((Product(a, b) * tensor(new float[] { 1, 10, 100 })).sum());
        a.grad!.data<float>().ToArray().ShouldBe([4, 50, 600]);
        b.grad!.data<float>().ToArray().ShouldBe([1, 20, 300]);
    }

    [Fact]
    public void An_input_without_gradient_gets_none()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_(), b = ones(3);
        Autograd.Backward(Product(a, b).sum());
        a.grad.ShouldNotBeNull();
        b.grad.ShouldBeNull();
    }

    [Fact]
    public void A_null_gradient_is_an_undefined_one()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_(), b = ones(3).requires_grad_();
        Tensor output = AutogradNode.Attach([a, b], a.detach().clone(), gradient => [gradient.clone(), null]);
        Autograd.Backward(output.sum());
        a.grad.ShouldNotBeNull();
        b.grad.ShouldBeNull();
    }

    [Fact]
    public void An_undefined_gradient_that_arrives_is_passed_on_as_undefined()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        bool called = false, released = false;
        Tensor middle = AutogradNode.Attach(
            [a], a.detach().clone(),
            gradient =>
            {
                called = true;
                return [gradient.clone()];
            },
            () => released = true);
        Tensor output = AutogradNode.Attach([middle], middle.detach().clone(), _ => [null]);
        Autograd.Backward(output.sum());
        a.grad.ShouldBeNull();
        called.ShouldBeFalse();
        released.ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_attached_or_kept_without_a_graph()
    {
        using DisposeScope scope = NewDisposeScope();
        int released = 0;
        Tensor a = ones(3).requires_grad_();
        using (no_grad()) AutogradNode.Attach([a], ones(3), _ => [null], () => released++).requires_grad.ShouldBeFalse();
        AutogradNode.Attach([ones(3)], ones(3), _ => [null], () => released++).requires_grad.ShouldBeFalse();
        released.ShouldBe(2);
    }

    [Fact]
    public void An_exception_reaches_the_caller_and_the_next_pass_works()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Should.Throw<TimeoutException>(() => Autograd.Backward(Failing(a, new TimeoutException("first")).sum())).Message.ShouldBe("first");
        a.grad!.zero_();
        Autograd.Backward(Product(a, a).sum());
        a.grad!.data<float>().ToArray().ShouldBe([2, 2, 2]);
    }

    [Fact]
    public void Of_several_exceptions_the_first_is_thrown()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        // The node nearest to the loss runs first.
        Tensor output = Failing(Failing(a, new TimeoutException("second")), new InvalidDataException("first"));
        Should.Throw<InvalidDataException>(() => Autograd.Backward(output.sum())).Message.ShouldBe("first");
    }

    [Fact]
    public void A_pass_within_a_pass_keeps_the_outer_ones_exception()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Tensor recomputing = AutogradNode.Attach([a], a.detach().clone(), gradient =>
        {
            Tensor leaf = ones(3).requires_grad_();
            using (enable_grad()) Autograd.Backward(Product(leaf, leaf).sum());
            return [leaf.grad];
        });
        Should.Throw<InvalidDataException>(() => Autograd.Backward(Failing(recomputing, new InvalidDataException("outer")).sum())).Message.ShouldBe("outer");
    }

    [Fact]
    public void An_exception_in_a_pass_within_a_pass_reaches_the_caller()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Tensor recomputing = AutogradNode.Attach([a], a.detach().clone(), _ =>
        {
            using (enable_grad()) Autograd.Backward(Failing(ones(3).requires_grad_(), new TimeoutException("inner")).sum());
            return [null];
        });
        Should.Throw<TimeoutException>(() => Autograd.Backward(recomputing.sum())).Message.ShouldBe("inner");
    }

    [Fact]
    public void A_gradient_of_a_wrong_shape_is_an_error_of_the_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Tensor output = AutogradNode.Attach([a], ones(3), _ => [ones(4)]);
        Should.Throw<Exception>(() => Autograd.Backward(output.sum())).Message.ShouldContain("[4]");
        a.grad.ShouldBeNull();
    }

    [Fact]
    public void What_a_managed_error_leads_to_natively_does_not_hide_it()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Tensor wrong = AutogradNode.Attach([a], ones(3), _ => [ones(4)]);
        Should.Throw<TimeoutException>(() => Autograd.Backward(Failing(wrong, new TimeoutException("cause")).sum())).Message.ShouldBe("cause");
    }

    [Fact]
    public void A_second_pass_through_a_freed_node_says_so()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        Tensor output = Product(a, a);
        using Tensor first = output.sum(), second = output.mean();
        Autograd.Backward(first);
        Should.Throw<InvalidOperationException>(() => Autograd.Backward(second)).Message.ShouldContain("run the forward pass again");
    }

    [Fact]
    public void A_node_releases_once_after_its_backward_and_when_dropped_without_one()
    {
        int used = 0, dropped = 0, failed = 0;
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor a = ones(3).requires_grad_();
            Tensor output = AutogradNode.Attach([a], ones(3), gradient => [gradient.clone()], () => used++).sum();
            Autograd.Backward(output);
            used.ShouldBe(1); // though the output still lives
            AutogradNode.Attach([a], ones(3), _ => [null], () => dropped++).Dispose();
            dropped.ShouldBe(1);
            Should.Throw<TimeoutException>(() => Autograd.Backward(AutogradNode.Attach([a], ones(3), _ => throw new TimeoutException(), () => failed++).sum()));
        }

        (used, dropped, failed).ShouldBe((1, 1, 1));
    }

    [Fact]
    public void Threads_do_not_mix_their_errors()
    {
        string[] messages = new string[8];
        Thread[] threads = [.. Enumerable.Range(0, messages.Length).Select(index => new Thread(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor a = ones(3).requires_grad_();
                try
                {
                    // Odd threads never fail.
                    Autograd.Backward((index % 2 == 0 ? Failing(a, new TimeoutException($"{index}")) : Product(a, a)).sum());
                    messages[index] += "-";
                }
                catch (TimeoutException error)
                {
                    messages[index] += error.Message;
                }
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        for (int i = 0; i < messages.Length; i++)
            messages[i].ShouldBe(new string(i % 2 == 0 ? (char)('0' + i) : '-', 50));
    }

    [Fact]
    public void Several_outputs_share_one_node_which_runs_once()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = tensor(new float[] { 1, 2, 3 }).requires_grad_();
        int runs = 0, released = 0;
        Tensor[] outputs = AutogradNode.Attach(
            [a], [a.detach() * 2, (a.detach() * 3).sum()],
            gradients =>
            {
                runs++;
                return [(2 * gradients[0]!) + (3 * gradients[1]!)];
            },
            () => released++);
        Autograd.Backward((outputs[0] * tensor(new float[] { 1, 10, 100 })).sum() + (7 * outputs[1]));
        a.grad!.data<float>().ToArray().ShouldBe([2 + 21, 20 + 21, 200 + 21]);
        (runs, released).ShouldBe((1, 1));
    }

    [Fact]
    public void An_output_that_nothing_depends_on_has_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(3).requires_grad_();
        bool?[] defined = [];
        Tensor[] outputs = AutogradNode.Attach([a], [ones(3), ones(2), ones(4)], gradients =>
        {
            defined = [.. gradients.Select(gradient => (bool?)(gradient is not null))];
            return [ones(3)];
        });
        Autograd.Backward(outputs[1].sum());
        defined.ShouldBe([false, true, false]);
    }

    internal static Tensor Product(Tensor a, Tensor b)
    {
        Tensor output;
        using (no_grad()) output = a * b;
        Tensor keptA = a.detach().DetachFromDisposeScope(), keptB = b.detach().DetachFromDisposeScope();
        return AutogradNode.Attach([a, b], output, gradient => [gradient * keptB, gradient * keptA], () =>
        {
            keptA.Dispose();
            keptB.Dispose();
        });
    }

    private static Tensor Failing(Tensor input, Exception error)
    {
        using IDisposable quiet = no_grad();
        Tensor output = input.clone();
        using (enable_grad()) return AutogradNode.Attach([input], output, _ => throw error);
    }
}
