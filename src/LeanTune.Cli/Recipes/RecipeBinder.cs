using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>Fills the library's option records from a recipe's keys, and reports every key that does not fit, with its place.</summary>
internal sealed class RecipeBinder
{
    private readonly List<string> _problems = [];

    /// <summary>The options a recipe states.</summary>
    /// <exception cref="RecipeException">All keys that are unknown, missing or of the wrong type, or the first value out of range.</exception>
    public static FineTuneOptions Bind(RecipeMap recipe)
    {
        RecipeBinder binder = new();
        FineTuneOptions options = (FineTuneOptions)binder.BindSection(recipe, typeof(FineTuneOptions), "", recipe.Location);
        if (binder._problems.Count > 0)
            throw new RecipeException(binder._problems);
        try
        {
            options.Validate();
        }
        catch (OptionsException e)
        {
            throw new RecipeException(Locate(recipe, e.Key), e.Message);
        }
        return options;
    }

    /// <summary>The place of a dotted key's value; of the nearest section around it when the recipe leaves it to its default.</summary>
    public static string Locate(RecipeMap recipe, string path)
    {
        string location = recipe.Location;
        RecipeNode node = recipe;
        foreach (string key in path.Split('.'))
        {
            if ((node as RecipeMap)?.Find(key) is not { } entry)
                break;
            (node, location) = (entry.Value, entry.Value is RecipeMap ? entry.Location : entry.Value.Location);
        }
        return location;
    }

    private object BindSection(RecipeMap map, Type type, string path, string location)
    {
        object options = Activator.CreateInstance(type)!;
        IReadOnlyList<RecipeKey> keys = RecipeSchema.Keys(type);
        foreach (RecipeEntry entry in map.Entries)
        {
            RecipeKey? key = keys.FirstOrDefault(key => key.Name == entry.Key);
            if (key is null)
                _problems.Add($"{entry.Location}: {UnknownKey(entry.Key, path, keys)}");
            else if (TryBind(entry, key, path + key.Name, out object? value))
                key.Property.SetValue(options, value);
        }
        foreach (RecipeKey missing in keys.Where(key => key.Required && map.Find(key.Name) is null))
            _problems.Add($"{location}: the key '{path}{missing.Name}' is missing");
        return options;
    }

    private bool TryBind(RecipeEntry entry, RecipeKey key, string path, out object? value)
    {
        value = null;
        switch (entry.Value)
        {
            case RecipeScalar { IsNull: true } when key.AllowsNull:
                return true;
            // A section whose keys are all commented out has every default.
            case RecipeScalar { IsNull: true } when RecipeSchema.IsSection(key.Type):
                value = BindSection(new([], entry.Location), key.Type, path + ".", entry.Location);
                return true;
            case RecipeMap map when RecipeSchema.IsSection(key.Type):
                value = BindSection(map, key.Type, path + ".", entry.Location);
                return true;
            case RecipeNode node when RecipeSchema.IsSection(key.Type):
                return Fail(node, path, $"expected keys with values ({Names(RecipeSchema.Keys(key.Type))}); found {node.Description}");
            case RecipeNode node when key.Type == typeof(IReadOnlyList<string>):
                return TryBindList(node, path, out value);
            case RecipeScalar { IsNull: false } scalar:
                return RecipeScalarReader.Read(scalar, key.Type, out value) is not { } problem || Fail(scalar, path, problem);
            default:
                return Fail(entry.Value, path, $"expected one value; found {entry.Value.Description}");
        }
    }

    private bool TryBindList(RecipeNode node, string path, out object? value)
    {
        IReadOnlyList<RecipeNode> items = node is RecipeList list ? list.Items : [node];
        value = items.OfType<RecipeScalar>().Where(item => !item.IsNull).Select(item => item.Text).ToArray();
        return items.FirstOrDefault(item => item is not RecipeScalar { IsNull: false }) is not { } wrong
            || Fail(wrong, path, $"expected a text or a list of texts; found {wrong.Description}");
    }

    private bool Fail(RecipeNode node, string path, string problem)
    {
        _problems.Add($"{node.Location}: {path}: {problem}");
        return false;
    }

    private static string UnknownKey(string key, string path, IReadOnlyList<RecipeKey> keys)
    {
        string where = path.Length == 0 ? "at the top level" : $"in '{path.TrimEnd('.')}'";
        string hint = NearestSpelling.Hint(key, keys.Select(known => known.Name));
        string name = key[(key.LastIndexOf('.') + 1)..];
        string[] homes = [.. RecipeSchema.SectionsWith(name).Where(section => name == key || section + "." + name == key)];
        if (homes.Length > 0)
            hint = $"; '{name}' belongs inside '{string.Join("' or '", homes)}'";
        return $"unknown key '{key}' {where}{hint}{(hint.EndsWith('?') ? "" : ".")} Known here: {Names(keys)}";
    }

    private static string Names(IEnumerable<RecipeKey> keys) => string.Join(", ", keys.Select(key => key.Name));
}
