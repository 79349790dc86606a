using LeanTune.Data;
using TorchSharp;

namespace LeanTune.Tests.Data;

public sealed class BatchTests
{
    private static readonly TokenizedExample[] Examples =
    [
        new([5, 6, 7], [false, false, true], "a", 1),
        // A target at 0 is no target: nothing predicts it.
        new([8, 9, 10, 11, 12], [true, true, true, false, true], "a", 2),
    ];

    [Fact]
    public void Rows_are_padded_on_the_right_and_labels_stand_at_targets_only()
    {
        using var batch = Batch.From(Examples, padId: 3);
        batch.InputIds.shape.ShouldBe([2, 5]);
        batch.InputIds.data<long>().ToArray().ShouldBe([5, 6, 7, 3, 3, 8, 9, 10, 11, 12]);
        batch.Labels.data<long>().ToArray().ShouldBe([-100, -100, 7, -100, -100, -100, 9, 10, -100, 12]);
        batch.Lengths.ShouldBe([3, 5]);
        (batch.SupervisedTokens, batch.RealTokens, batch.PaddedTokens).ShouldBe((4, 8, 10));
    }

    [Fact]
    public void Width_is_rounded_up_to_the_multiple_asked_for()
    {
        using var batch = Batch.From(Examples, padId: 0, padToMultipleOf: 8);
        batch.InputIds.shape.ShouldBe([2, 8]);
        batch.PaddedTokens.ShouldBe(16);
        batch.RealTokens.ShouldBe(8);
    }

    [Fact]
    public void A_batch_outlives_the_dispose_scope_it_was_made_in()
    {
        Batch batch;
        using (torch.NewDisposeScope())
            batch = Batch.From(Examples, padId: 0);
        batch.InputIds.IsInvalid.ShouldBeFalse();
        batch.Labels.sum().ToInt64().ShouldBe(7 + 9 + 10 + 12 - 600);
        batch.Dispose();
        batch.InputIds.IsInvalid.ShouldBeTrue();
    }
}
