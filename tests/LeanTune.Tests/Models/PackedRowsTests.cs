using LeanTune.Activations;
using LeanTune.Models;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>Where samples stand in packed rows. Rotation sees distances alone, so that gradients would not tell whether positions begin anew.</summary>
public sealed class PackedRowsTests
{
    private static readonly int[][] s_samples = [[3, 2], [6], [1, 1, 2]];

    [Fact]
    public void Each_sample_counts_from_0_and_so_does_padding()
    {
        using Tensor positions = new PackedRows(s_samples, batch: 3, tokens: 6).Positions();
        positions.shape.ShouldBe([1, 18]);
        positions.data<long>().ToArray().ShouldBe([0, 1, 2, 0, 1, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 0, 1]);
    }

    [Fact]
    public void Rows_hold_their_samples_in_order_and_padding_behind_them()
    {
        PackedRows rows = new(s_samples, batch: 3, tokens: 6);
        rows.Longest.ShouldBe(6);
        rows.Within(new RowTile(0, 6)).Select(sample => (sample.Tokens, sample.IsPadding)).ShouldBe([(3, false), (2, false), (1, true)]);
        rows.Within(new RowTile(6, 12)).Select(sample => (sample.Tokens, sample.IsPadding)).ShouldBe([(6, false), (1, false), (1, false), (2, false), (2, true)]);
    }

    [Fact]
    public void A_pass_over_packed_rows_turns_each_sample_as_one_alone_is_turned()
    {
        using FamilyGolden golden = new("llama31"); // scaled rotation
        using Tensor ids = zeros(3, 6, ScalarType.Int64), alone = zeros(1, 6, ScalarType.Int64);
        using ForwardPass packed = new(golden.Model.Config, ids, ScalarType.Float32, samples: s_samples), single = new(golden.Model.Config, alone, ScalarType.Float32);
        (Tensor cosine, Tensor sine) = packed.TablesOf(new RowTile(12, 6)); // the third row: 1, 1, 2, and padding of 2
        foreach ((Tensor table, Tensor expected) in new[] { (cosine, single.Cosine), (sine, single.Sine) })
        {
            using Tensor restarted = cat([expected.narrow(2, 0, 1), expected.narrow(2, 0, 1), expected.narrow(2, 0, 2), expected.narrow(2, 0, 2)], 2);
            table.IsSameAs(restarted).ShouldBeTrue();
        }
    }
}
