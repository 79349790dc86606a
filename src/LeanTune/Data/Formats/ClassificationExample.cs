using System.Globalization;

namespace LeanTune.Data;

/// <summary>A text, or two, and the class or number that it is to be given.</summary>
/// <param name="Text">The text; never empty.</param>
/// <param name="SecondText">What it is compared with, or null.</param>
/// <param name="Label">The class as written: a name, or a number's digits whether the file holds it as a number or as text.</param>
public sealed record ClassificationExample(string Text, string? SecondText, string Label) : Example
{
    /// <summary>The label as a number, when it is one: a class index, or the target of a regression.</summary>
    public double? LabelNumber => double.TryParse(Label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    internal override string KindName => "texts with labels";

    private protected override void AddTo(ContentHasher content) => content.Add(Text).Add(SecondText).Add(Label);
}
