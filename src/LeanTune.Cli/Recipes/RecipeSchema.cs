using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using LeanTune.Data;
using LeanTune.Training;

namespace LeanTune.Cli.Recipes;

/// <summary>The keys of a recipe, read from the option records: snake_case of the property names, so that a new option is a new key.</summary>
internal static class RecipeSchema
{
    // By name: ScottPlot brings a public type of the same full name.
    private const string RequiredMember = "RequiredMemberAttribute";

    private static readonly ConcurrentDictionary<Type, IReadOnlyList<RecipeKey>> s_keys = new();

    /// <summary>What each source says for itself: which files, and how often they are handed out.</summary>
    private static readonly string[] s_ownOfSource = [Name(nameof(DataSource.Path)), Name(nameof(DataSource.Beside)), Name(nameof(DataSource.Weight))];

    /// <summary>The keys of one section, in the order of the record's properties.</summary>
    public static IReadOnlyList<RecipeKey> Keys(Type options) => s_keys.GetOrAdd(options, static type =>
    {
        NullabilityInfoContext nullability = new();
        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.SetMethod is { IsPublic: true })
            .Select(property => new RecipeKey(
                Name(property.Name),
                property,
                Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
                property.CustomAttributes.Any(attribute => attribute.AttributeType.Name == RequiredMember),
                nullability.Create(property).WriteState == NullabilityState.Nullable))];
    });

    /// <summary>Keys that a section has beside its own: how sources are read, said once for all sources of the section that do not say it themselves.</summary>
    public static IReadOnlyList<RecipeKey> SharedKeys(Type section) =>
        Keys(section).Any(key => key.Type == typeof(DataSources)) ? [.. Keys(typeof(DataSource)).Where(key => !s_ownOfSource.Contains(key.Name))] : [];

    /// <summary>Whether a type is a section with keys of its own.</summary>
    public static bool IsSection(Type type) => type.IsClass && type.Assembly == typeof(FineTuneOptions).Assembly && type != typeof(DataSources);

    /// <summary>A recipe's spelling of a C# name: <c>LowRank</c> is <c>low_rank</c>.</summary>
    public static string Name(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>The dotted names of the sections that have a key of this name.</summary>
    public static IEnumerable<string> SectionsWith(string name) =>
        AllPaths(typeof(FineTuneOptions), "")
            .Where(path => path.EndsWith("." + name, StringComparison.Ordinal))
            .Select(path => path[..^(name.Length + 1)]);

    /// <summary>Every dotted key below a section.</summary>
    public static IEnumerable<string> AllPaths(Type section, string prefix) =>
        Keys(section).Concat(SharedKeys(section)).SelectMany(key => IsSection(key.Type) ? AllPaths(key.Type, prefix + key.Name + ".") : [prefix + key.Name]);
}

/// <summary>One key of a section.</summary>
/// <param name="Name">As a recipe spells it.</param>
/// <param name="Property">The property it fills.</param>
/// <param name="Type">The property's type without <see cref="Nullable{T}"/>.</param>
/// <param name="Required">Whether the recipe must have it.</param>
/// <param name="AllowsNull">Whether it may be null.</param>
internal sealed record RecipeKey(string Name, PropertyInfo Property, Type Type, bool Required, bool AllowsNull);
