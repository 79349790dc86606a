namespace LeanTune.Cli.Commands.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Text">What was found, in one line.</param>
/// <param name="Broken">Whether LeanTune cannot work like this.</param>
/// <param name="Fix">What to do about it, or null.</param>
internal sealed record Finding(string Name, string Text, bool Broken = false, string? Fix = null);
