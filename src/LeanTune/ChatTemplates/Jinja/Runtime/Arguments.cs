namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>The arguments of one call.</summary>
/// <param name="Positional">Those without a name, in order.</param>
/// <param name="Named">Those with a name, in order.</param>
internal readonly record struct Arguments(object?[] Positional, (string Name, object? Value)[] Named)
{
    public static readonly Arguments None = new([], []);

    public bool TryGet(string name, out object? value)
    {
        foreach ((string key, object? given) in Named)
            if (key == name)
            {
                value = given;
                return true;
            }

        value = null;
        return false;
    }

    /// <summary>The arguments behind the first few positional ones.</summary>
    public Arguments Skip(int count) => this with { Positional = Positional[count..] };

    public Arguments With(string name, object? value) => this with { Named = [.. Named, (name, value)] };
}
