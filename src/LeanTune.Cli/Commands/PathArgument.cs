using System.CommandLine;

namespace LeanTune.Cli.Commands;

/// <summary>Makes an argument that names a file or folder; an empty one is a usage error.</summary>
internal static class PathArgument
{
    public static Argument<string> Create(string name, string description)
    {
        Argument<string> path = new(name) { Description = description };
        path.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError($"{name} is empty");
        });
        return path;
    }
}
