using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

public class ExactTests
{
    private static readonly SaveContext Context = new(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));

    [Fact]
    public void Shares_a_dense_activation_and_counts_it_whole()
    {
        using var scope = NewDisposeScope();
        Tensor activation = randn(3, 5, 8, requires_grad: true);
        using SavedActivation saved = new Exact().Save(activation, Context);
        saved.Bytes.ShouldBe(3 * 5 * 8 * 4);
        Tensor restored = saved.Restore();
        restored.shape.ShouldBe([3, 5, 8]);
        restored.requires_grad.ShouldBeFalse();
        restored.IsSameAs(activation).ShouldBeTrue();
        saved.Restore(4, 6).IsSameAs(activation.view(15, 8).narrow(0, 4, 6)).ShouldBeTrue();
        using (no_grad()) activation.add_(1);
        saved.Restore().IsSameAs(activation).ShouldBeTrue(); // one memory
        saved.TryGetFactors(out _, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_view_does_not_keep_the_rest_of_its_storage_alive()
    {
        using var scope = NewDisposeScope();
        Tensor fused = randn(6, 3 * 8);
        foreach (Tensor view in new[] { fused.narrow(1, 8, 8), fused.narrow(0, 2, 2), fused.t() })
        {
            using SavedActivation saved = new Exact().Save(view, Context);
            Tensor restored = saved.Restore();
            TensorStorage.Bytes(restored).ShouldBe(saved.Bytes);
            saved.Bytes.ShouldBe(view.numel() * 4);
            restored.IsSameAs(view).ShouldBeTrue();
        }
    }

    [Fact]
    public void Any_shape_and_type_comes_back()
    {
        using var scope = NewDisposeScope();
        foreach (Tensor any in new[] { tensor(3.5), arange(7), zeros(0, 5), zeros(3, 0), ones(2, 3, 4, ScalarType.Bool) })
        {
            using SavedActivation saved = new Exact().Save(any, Context);
            Tensor restored = saved.Restore();
            restored.dtype.ShouldBe(any.dtype);
            restored.IsSameAs(any).ShouldBeTrue();
        }
    }

    [Fact]
    public void What_is_kept_outlives_the_scope_and_goes_with_the_owner()
    {
        SavedActivation saved;
        using (NewDisposeScope()) saved = new Exact().Save(randn(4, 4), Context);
        using (Tensor alive = saved.Restore()) alive.sum().Dispose();
        saved.Dispose();
        Should.Throw<Exception>(() => saved.Restore());
    }
}
