namespace LeanTune.ChatTemplates.Jinja.Runtime;

/// <summary>Gives the names of a template's variables numbers, so that rendering looks nothing up by text.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public int Count => _numbers.Count;

    public IEnumerable<string> Names => _numbers.Keys;

    public int Intern(string name)
    {
        if (!_numbers.TryGetValue(name, out int number))
            _numbers.Add(name, number = _numbers.Count);
        return number;
    }

    public bool TryFind(string name, out int number) => _numbers.TryGetValue(name, out number);
}
