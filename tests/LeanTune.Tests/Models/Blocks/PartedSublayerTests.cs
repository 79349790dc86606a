using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Models;
using LeanTune.Models.Blocks;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models.Blocks;

/// <summary>Parts of a sublayer put together: sums over heads that are rounded once, and rows one after another.</summary>
public sealed class PartedSublayerTests : IDisposable
{
    private const int Heads = 512; // ones in bf16, added one by one, stop at 256

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RowTile _tile = new(6, 4);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Outputs_of_heads_are_summed_in_fp32()
    {
        PartedSublayer sublayer = new(new Identity(byHeads: true), null!);
        using IDisposable quiet = no_grad();
        Tensor output = sublayer.Forward(ones(4, 3, ScalarType.BFloat16), _tile);
        output.dtype.ShouldBe(ScalarType.BFloat16);
        output.to(float32).data<float>().ShouldAllBe(value => value == Heads);
    }

    [Fact]
    public void Their_gradients_are_too()
    {
        PartedSublayer sublayer = new(new Identity(byHeads: true), null!);
        using IDisposable quiet = no_grad();
        Tensor gradient = sublayer.Backward(ones(4, 3, ScalarType.BFloat16).requires_grad_(), ones(4, 3, ScalarType.BFloat16), _tile)!;
        gradient.dtype.ShouldBe(ScalarType.BFloat16);
        gradient.to(float32).data<float>().ShouldAllBe(value => value == Heads);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Parts_of_rows_stand_one_after_another(ScalarType type)
    {
        PartedSublayer sublayer = new(new Identity(byHeads: false), null!);
        using IDisposable quiet = no_grad();
        Tensor x = randn(4, 3, generator: new Generator(1)).to(type), gradient = randn(4, 3, generator: new Generator(2)).to(type);
        sublayer.Forward(x, _tile).IsSameAs(x).ShouldBeTrue();
        sublayer.Backward(x.detach().requires_grad_(), gradient, _tile)!.IsSameAs(gradient).ShouldBeTrue();
        sublayer.Backward(x, gradient, _tile).ShouldBeNull();
    }

    /// <summary>Returns its rows: for each of the heads, or for each of some rows.</summary>
    private sealed class Identity(bool byHeads) : ISublayer
    {
        public IReadOnlyList<SublayerPart> Parts(RowTile tile, ForwardPass pass) => byHeads
            ? [.. Enumerable.Range(0, Heads).Select(head => new SublayerPart(tile, head, 1))]
            : [.. tile.Cut(3).Select(rows => new SublayerPart(rows))];

        public SublayerPart Whole(RowTile tile) => new(tile, 0, Heads);

        public Tensor Forward(Tensor normed, ForwardPass pass, SublayerPart part)
        {
            normed.shape[0].ShouldBe(part.Rows.Rows);
            return normed * 1;
        }

        public Tensor ForwardKept(Tensor normed, SharedActivation kept, IActivationCodec inside, ForwardPass pass) => throw new NotSupportedException();
    }
}
