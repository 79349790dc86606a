using System.Text.RegularExpressions;

namespace LeanTune.Adapters.Peft;

/// <summary>Makes rank and alpha patterns that still mean the same once PEFT has sorted their keys, as it does whenever it saves: the first match wins.</summary>
internal static class SortedPatterns
{
    /// <summary>Keeps the patterns, sorted, where sorting changes no module's value; else writes one entry a module that differs from the default.</summary>
    public static LoraConfig Apply(LoraConfig config, IReadOnlyList<string> modules)
    {
        LoraConfig sorted = config with { RankPattern = Sort(config.RankPattern), AlphaPattern = Sort(config.AlphaPattern) };
        return sorted with
        {
            RankPattern = modules.All(module => sorted.RankOf(module) == config.RankOf(module))
                ? sorted.RankPattern
                : Sort(ByModule(modules, config.RankOf, config.Rank)),
            AlphaPattern = modules.All(module => sorted.AlphaOf(module).Equals(config.AlphaOf(module)))
                ? sorted.AlphaPattern
                : Sort(ByModule(modules, config.AlphaOf, config.Alpha)),
        };
    }

    private static IEnumerable<KeyValuePair<string, T>> ByModule<T>(IEnumerable<string> modules, Func<string, T> value, T otherwise)
        where T : IEquatable<T> =>
        modules.Where(module => !value(module).Equals(otherwise)).Select(module => KeyValuePair.Create(Regex.Escape(module), value(module)));

    private static KeyValuePair<string, T>[] Sort<T>(IEnumerable<KeyValuePair<string, T>> patterns) =>
        [.. patterns.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
}
