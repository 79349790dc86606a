namespace LeanTune.Training;

/// <summary>An option has a value that cannot be used, or contradicts another one.</summary>
public sealed class OptionsException : Exception
{
    /// <summary>Names the option at fault.</summary>
    /// <param name="key">The option as a recipe spells it, such as <c>adapter.rank</c>.</param>
    /// <param name="problem">What is expected and what was found, without the key.</param>
    public OptionsException(string key, string problem) : base($"{key}: {problem}")
    {
        Key = key;
        Problem = problem;
    }

    /// <summary>The option at fault, as a recipe spells it.</summary>
    public string Key { get; }

    /// <summary>What is expected and what was found.</summary>
    public string Problem { get; }
}
