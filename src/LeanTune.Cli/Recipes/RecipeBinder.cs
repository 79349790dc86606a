using System.Collections.ObjectModel;
using System.Globalization;
using LeanTune.Data;
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
            throw new RecipeException(e, RecipePlaces.Find(recipe, e.Key).Location);
        }
        return options;
    }

    private object BindSection(RecipeMap map, Type type, string path, string location, IReadOnlyList<(RecipeKey Key, object? Value)>? given = null)
    {
        object options = Activator.CreateInstance(type)!;
        foreach ((RecipeKey key, object? value) in given ?? [])
            key.Property.SetValue(options, value);
        IReadOnlyList<RecipeKey> keys = RecipeSchema.Keys(type), shared = RecipeSchema.SharedKeys(type);
        List<(RecipeKey, object?)> forSources = [];
        foreach (RecipeEntry entry in map.Entries)
            if (shared.FirstOrDefault(key => key.Name == entry.Key) is { } key && TryBind(entry, key, path + key.Name, [], out object? value))
                forSources.Add((key, value));
        foreach (RecipeEntry entry in map.Entries)
        {
            if (shared.Any(key => key.Name == entry.Key))
                continue;
            RecipeKey? key = keys.FirstOrDefault(key => key.Name == entry.Key);
            if (key is null)
                _problems.Add($"{entry.Location}: {UnknownKey(entry.Key, path, [.. keys, .. shared])}");
            else if (TryBind(entry, key, path + key.Name, forSources, out object? value))
                key.Property.SetValue(options, value);
        }
        foreach (RecipeKey missing in keys.Where(key => key.Required && map.Find(key.Name) is null))
            _problems.Add($"{location}: the key '{path}{missing.Name}' is missing");
        return options;
    }

    private bool TryBind(RecipeEntry entry, RecipeKey key, string path, IReadOnlyList<(RecipeKey, object?)> forSources, out object? value)
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
            case RecipeNode node when key.Type == typeof(DataSources):
                return TryBindSources(node, path, forSources, out value);
            case RecipeNode node when key.Type == typeof(IReadOnlyList<string>):
                return TryBindList(node, path, out value);
            case RecipeNode node when key.Type == typeof(IReadOnlyDictionary<string, string>):
                return TryBindNames(node, path, out value);
            case RecipeScalar { IsNull: false } scalar:
                return RecipeScalarReader.Read(scalar, key.Type, out value) is not { } problem || Fail(scalar, path, problem);
            default:
                return Fail(entry.Value, path, $"expected one value; found {entry.Value.Description}");
        }
    }

    /// <summary>A path, a source's keys, or a list of these.</summary>
    private bool TryBindSources(RecipeNode node, string path, IReadOnlyList<(RecipeKey, object?)> given, out object? value)
    {
        List<DataSource> sources = [];
        value = null;
        IReadOnlyList<RecipeNode> items = node is RecipeList list ? list.Items : [node];
        for (int i = 0; i < items.Count; i++)
        {
            string place = items.Count == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            RecipeMap? keys = items[i] switch
            {
                RecipeMap map => map,
                RecipeScalar { IsNull: false } scalar => new([new("path", scalar.Location, scalar)], scalar.Location),
                _ => null,
            };
            if (keys is null)
                return Fail(items[i], place, $"expected a path, keys with values ({Names(RecipeSchema.Keys(typeof(DataSource)))}), or a list of these; found {items[i].Description}");
            sources.Add((DataSource)BindSection(keys, typeof(DataSource), place + ".", keys.Location, given));
        }
        value = DataSources.Create([.. sources]);
        return true;
    }

    private bool TryBindNames(RecipeNode node, string path, out object? value)
    {
        Dictionary<string, string> names = [];
        value = names;
        if (node is not RecipeMap map)
            return Fail(node, path, $"expected names with values, such as {{prompt: question}}; found {node.Description}");
        foreach (RecipeEntry entry in map.Entries)
        {
            if (entry.Value is not RecipeScalar { IsNull: false } scalar)
                return Fail(entry.Value, $"{path}.{entry.Key}", $"expected a text; found {entry.Value.Description}");
            names.Add(entry.Key, scalar.Text);
        }
        // No names are the default, which options are compared with.
        if (names.Count == 0)
            value = ReadOnlyDictionary<string, string>.Empty;
        return true;
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
        // How a recipe says what it builds on is no option.
        string[] names = [.. keys.Select(known => known.Name), .. path.Length == 0 ? [RecipeBases.Key] : Array.Empty<string>()];
        string hint = NearestSpelling.Hint(key, names);
        string name = key[(key.LastIndexOf('.') + 1)..];
        string[] homes = [.. RecipeSchema.SectionsWith(name).Where(section => name == key || section + "." + name == key)];
        if (homes.Length > 0)
            hint = $"; '{name}' belongs inside '{string.Join("' or '", homes)}'";
        else if (keys.Any(known => known.Type == typeof(DataSources)) && RecipeSchema.Keys(typeof(DataSource)).Any(known => known.Name == key))
            hint = $"; '{key}' belongs to one source, written as {{path: ..., {key}: ...}}";
        return $"unknown key '{key}' {where}{hint}{(hint.EndsWith('?') ? "" : ".")} Known here: {string.Join(", ", names)}";
    }

    private static string Names(IEnumerable<RecipeKey> keys) => string.Join(", ", keys.Select(key => key.Name));
}
