using LeanTune.Activations;
using LeanTune.Benchmarks.Codecs;

namespace LeanTune.Tests.Benchmarks;

/// <summary>The spellings of ways to keep activations.</summary>
public class PlansTests
{
    [Theory]
    [InlineData("none", "None", "exact")]
    [InlineData("layer", "Layer", "exact")]
    [InlineData("layer-32", "Layer", "low_rank 32")]
    [InlineData("sublayer-1/8", "Sublayer", "low_rank 1/8")]
    [InlineData("layer2-balanced@8", "Layer", "residual chain, 2 bits")]
    [InlineData("layer-HIGH", "Layer", "residual chain, 4 bits")]
    public void A_way_is_a_mode_and_a_form(string way, string mode, string codec)
    {
        LayerPlan first = Plans.OfWay(way, 4).Layers[0];
        first.Mode.ToString().ShouldBe(mode);
        first.Codec.ToString()!.ShouldStartWith(codec);
    }

    [Theory]
    [InlineData("layer-9/8", "a rank such as 1/8 or 72, or small, balanced, high or exact are expected")]
    [InlineData("layer-best", "a rank such as 1/8 or 72, or small, balanced, high or exact are expected")]
    [InlineData("3", "The mode '3' is not known: layer2, none")]
    [InlineData("row", "The mode 'row' is not known: layer2, none")]
    public void Another_is_refused(string way, string message) =>
        Should.Throw<ArgumentException>(() => Plans.OfWay(way, 4)).Message.ShouldContain(message);
}
