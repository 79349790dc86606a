using LeanTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>What a forward pass refuses, and what its masks are and hold.</summary>
public sealed class ForwardPassTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(2, 0)]
    public void Empty_ids_are_refused(long batch, long tokens)
    {
        using FamilyGolden golden = new("llama");
        using Tensor ids = zeros(batch, tokens, ScalarType.Int64);
        Should.Throw<ArgumentException>(() => new ForwardPass(golden.Model.Config, ids, ScalarType.Float32)).Message.ShouldContain($"got ({batch}, {tokens})");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_mask_is_kept_once_for_all_heads(int window)
    {
        const long Batch = 3, Tokens = 5;
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = ones(Batch, Tokens, ScalarType.Bool);
        attended[1].narrow(0, 0, 2).fill_(false);
        using AttentionMask mask = AttentionMask.Make(attended, Tokens, Tokens, window, CPU);
        Tensor two = mask.Of(1, 2, heads: 4); // (2·4, 1, T, S)
        two.shape.ShouldBe([8, 1, Tokens, Tokens]);
        for (int row = 0; row < 8; row++)
            for (int query = 0; query < Tokens; query++)
                for (int key = 0; key < Tokens; key++)
                {
                    bool real = row / 4 != 0 || key >= 2, near = window == 0 || key > query - window;
                    two[row, 0, query, key].ToBoolean().ShouldBe((key <= query && near && real) || key == query, $"{row}, {query}, {key}");
                }

        LeanTune.Native.TensorStorage.Bytes(mask.Of(0, 3, heads: 1)).ShouldBe(Batch * Tokens * Tokens, "a view of what is kept");
    }
}
