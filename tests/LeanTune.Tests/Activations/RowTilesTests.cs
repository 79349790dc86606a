using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>Segments run tile by tile: tiles without a gradient, tiles that do not fit together, and segments that return something else than rows.</summary>
public sealed class RowTilesTests : IDisposable
{
    private const long Rows = 12, Width = 16;

    private static readonly SaveContext s_context = new(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _x = randn(Rows, Width, generator: new Generator(1)).requires_grad_();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_tile_that_does_not_depend_on_its_input_has_a_gradient_of_zero(long constant)
    {
        IRowSegment segment = RowSegment.Of((rows, tile) =>
        {
            // What is freed here is what the gradient's memory is then made of.
            foreach (Tensor each in Enumerable.Range(0, 20).Select(_ => full([Rows, Width], float.NaN)).ToArray()) each.Dispose();
            return tile.First == constant ? ones(tile.Rows, Width) : rows * 3;
        });
        Autograd.Backward(Checkpoint.Run(segment, _x, Tiles((0, 4), (4, 4), (8, 4)), new Exact(), s_context).sum());
        Tensor expected = full([Rows, Width], 3f);
        expected.narrow(0, constant, 4).zero_();
        _x.grad!.IsSameAs(expected).ShouldBeTrue();
    }

    [Fact]
    public void Without_any_gradient_there_is_none()
    {
        Autograd.Backward(Checkpoint.Run(RowSegment.Of((_, tile) => ones(tile.Rows, Width)), _x, Tiles((0, 4), (4, 8)), new Exact(), s_context).sum());
        _x.grad.ShouldBeNull();
    }

    public static TheoryData<long[]> Misfits => new()
    {
        new long[] { 0, 4, 5, 7 }, // a gap
        new long[] { 0, 6, 4, 8 }, // an overlap
        new long[] { 0, 4, 4, 4 }, // the end is missing
        new long[] { 0, 4, 4, 9 }, // too long
        new long[] { 4, 8, 0, 4 }, // out of order
        new long[] { 1, 11, 12, 0 },
        new long[] { 0, 12, 12, 0 }, // an empty tile
        new long[] { 0, 4 }, // a single one that is not all
        new long[] { 0, 13 },
    };

    [Theory, MemberData(nameof(Misfits))]
    public void Tiles_that_do_not_cover_the_rows_in_order_are_refused(long[] numbers)
    {
        RowTile[] tiles = [.. numbers.Chunk(2).Select(pair => new RowTile(pair[0], pair[1]))];
        IRowSegment segment = RowSegment.Of((_, _) => throw new InvalidOperationException("was called"));
        SavedBytes saved = new();
        Should.Throw<ArgumentException>(() => Checkpoint.Run(segment, _x, tiles, new Exact(), s_context, saved)).Message.ShouldContain("rows 0 to 12");
        using (no_grad()) Should.Throw<ArgumentException>(() => Checkpoint.Run(segment, _x, tiles, new Exact(), s_context));
        saved.Peak.ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 16)] // would be broadcast
    [InlineData(3, 16)]
    [InlineData(4, 1)] // in one tile alone
    public void A_segment_that_returns_other_rows_than_its_tiles_is_refused(long rows, long features)
    {
        IRowSegment segment = RowSegment.Of((input, tile) => tile.First == 4 ? ones(rows, features) : input * 2);
        Should.Throw<ArgumentException>(() => Checkpoint.Run(segment, _x, Tiles((0, 4), (4, 4), (8, 4)), new Exact(), s_context))
            .Message.ShouldContain($"it returned ({rows}, {features})");
    }

    [Fact]
    public void So_it_is_without_tiles() =>
        Should.Throw<ArgumentException>(() => Checkpoint.Run(RowSegment.Of((rows, _) => rows.narrow(0, 0, 1) * 2), _x, [], new Exact(), s_context)).Message.ShouldContain("(12, p)");

    [Fact]
    public void A_gradient_of_another_shape_than_the_tile_is_refused()
    {
        Tensor output = Checkpoint.Run(new NarrowGradient(), _x, Tiles((0, 4), (4, 8)), new Exact(), s_context);
        Should.Throw<ArgumentException>(() => Autograd.Backward(output.sum())).Message.ShouldContain("it returned (1, 16)");
    }

    [Fact]
    public void Cutting_takes_any_most()
    {
        new RowTile(3, 10).Cut(long.MaxValue).ShouldBe([new RowTile(3, 10)]);
        new RowTile(3, 10).Cut(4).ShouldBe([new RowTile(3, 4), new RowTile(7, 4), new RowTile(11, 2)]);
        new RowTile(3, 0).Cut(long.MaxValue).ShouldBeEmpty();
    }

    private static RowTile[] Tiles(params (long First, long Rows)[] tiles) => [.. tiles.Select(tile => new RowTile(tile.First, tile.Rows))];

    private sealed class NarrowGradient : IRowSegment
    {
        public Tensor Forward(Tensor input, RowTile tile) => input * 2;

        public Tensor? Backward(Tensor input, Tensor gradient, RowTile tile) => gradient.narrow(0, 0, 1).clone();
    }
}
