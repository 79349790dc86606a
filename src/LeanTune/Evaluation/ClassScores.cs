namespace LeanTune.Evaluation;

/// <summary>How often the right one of several classes was chosen.</summary>
/// <param name="Accuracy">Share of the examples whose class was chosen.</param>
/// <param name="MacroF1">Mean of the classes' F1, over those that occur or were chosen.</param>
/// <param name="Classes">Each class by itself, in the order of first occurrence.</param>
public sealed record ClassScores(double Accuracy, double MacroF1, IReadOnlyList<ClassScore> Classes)
{
    /// <summary>Counts choices.</summary>
    /// <param name="choices">For each example its class and the one that was chosen; at least one.</param>
    public static ClassScores Of(IReadOnlyList<(string Right, string Chosen)> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        ArgumentOutOfRangeException.ThrowIfZero(choices.Count);
        List<ClassScore> classes = [];
        foreach (string name in choices.Select(choice => choice.Right).Concat(choices.Select(choice => choice.Chosen)).Distinct(StringComparer.Ordinal))
        {
            int right = choices.Count(choice => choice.Right == name && choice.Chosen == name);
            classes.Add(new ClassScore(name, choices.Count(choice => choice.Right == name), choices.Count(choice => choice.Chosen == name), right));
        }

        return new ClassScores(choices.Count(choice => choice.Right == choice.Chosen) / (double)choices.Count, classes.Average(score => score.F1), classes);
    }
}

/// <summary>One class among others.</summary>
/// <param name="Name">For people.</param>
/// <param name="Examples">Examples of it.</param>
/// <param name="Chosen">How often it was chosen.</param>
/// <param name="Right">How often it was chosen and right.</param>
public sealed record ClassScore(string Name, int Examples, int Chosen, int Right)
{
    /// <summary>Share of its choices that were right; 0 where it was never chosen.</summary>
    public double Precision => Chosen == 0 ? 0 : Right / (double)Chosen;

    /// <summary>Share of its examples that were found; 0 where there are none.</summary>
    public double Recall => Examples == 0 ? 0 : Right / (double)Examples;

    /// <summary>Harmonic mean of both: 2 · right / (examples + chosen).</summary>
    public double F1 => 2.0 * Right / (Examples + Chosen);
}
