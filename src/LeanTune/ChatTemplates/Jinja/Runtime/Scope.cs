namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>The variables of one loop turn, macro call or block; what it lacks is looked for in the scope around it.</summary>
/// <remarks>Names are numbers (<see cref="NameTable"/>): a scope has a handful, and looking through them beats hashing.</remarks>
internal sealed class Scope(Scope? parent)
{
    private int[] _names = new int[4];
    private object?[] _values = new object?[4];
    private int _count;

    public Scope? Parent => parent;

    /// <summary>Whether a macro keeps this scope, so that it must not be used again.</summary>
    public bool IsKept { get; private set; }

    public bool TryGet(int name, out object? value)
    {
        for (int i = 0; i < _count; i++)
            if (_names[i] == name)
            {
                value = _values[i];
                return true;
            }

        value = null;
        return false;
    }

    public void Set(int name, object? value)
    {
        for (int i = 0; i < _count; i++)
            if (_names[i] == name)
            {
                _values[i] = value;
                return;
            }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, _count * 2);
            Array.Resize(ref _values, _count * 2);
        }

        (_names[_count], _values[_count++]) = (name, value);
    }

    public void Clear() => _count = 0;

    /// <summary>Marks this scope and those around it as kept by a macro.</summary>
    public void Keep()
    {
        for (Scope? scope = this; scope is { IsKept: false }; scope = scope.Parent)
            scope.IsKept = true;
    }
}
