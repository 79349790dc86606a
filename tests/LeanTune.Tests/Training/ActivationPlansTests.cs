using LeanTune.Activations;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>Which form each word of a recipe stands for, and what people are told of it.</summary>
public class ActivationPlansTests
{
    [Theory]
    [InlineData(ActivationMode.Layer, Fidelity.Small, "layer, residual chain, 1 bit")]
    [InlineData(ActivationMode.Sublayer, Fidelity.High, "sublayer, residual chain, 4 bits")]
    [InlineData(ActivationMode.Layer, Fidelity.Exact, "layer, exact: checkpointing")]
    [InlineData(ActivationMode.Ops, Fidelity.Small, "ops, each value coded alone, 2 bits")]
    [InlineData(ActivationMode.Ops, Fidelity.Balanced, "ops, int8")]
    [InlineData(ActivationMode.Ops, Fidelity.High, "ops, int8")]
    [InlineData(ActivationMode.Ops, Fidelity.Exact, "ops, exact: nothing is computed again")]
    public void Words_are_told_as_what_they_do(ActivationMode mode, Fidelity fidelity, string expected) =>
        ActivationPlans.Describe(new ActivationOptions { Mode = mode, Fidelity = fidelity }).ShouldBe(expected);
}
