using System.Collections;
using System.Runtime.CompilerServices;

namespace LeanTune.Data;

/// <summary>The sources of a set of examples, in order: one path, one source, or several with weights of their own.</summary>
/// <remarks>Immutable. A text stands for the one source at that path: <c>Train = "examples.jsonl"</c>; several are written as a collection: <c>[a, b]</c>. Two are equal when their sources are.</remarks>
[CollectionBuilder(typeof(DataSources), nameof(Create))]
public sealed class DataSources : IReadOnlyList<DataSource>, IEquatable<DataSources>
{
    private readonly DataSource[] _sources;

    private DataSources(DataSource[] sources) => _sources = sources;

    /// <inheritdoc/>
    public int Count => _sources.Length;

    /// <inheritdoc/>
    public DataSource this[int index] => _sources[index];

    /// <summary>Makes a list of sources.</summary>
    public static DataSources Create(ReadOnlySpan<DataSource> sources) => new(sources.ToArray());

    /// <summary>The one source at a path: a file, a folder or a pattern.</summary>
    public static DataSources FromString(string path) => new([new DataSource { Path = path }]);

    /// <summary>One source alone.</summary>
    public static DataSources FromDataSource(DataSource source) => new([source]);

    /// <inheritdoc cref="FromString"/>
    public static implicit operator DataSources(string path) => FromString(path);

    /// <inheritdoc cref="FromDataSource"/>
    public static implicit operator DataSources(DataSource source) => FromDataSource(source);

    /// <inheritdoc/>
    public IEnumerator<DataSource> GetEnumerator() => ((IEnumerable<DataSource>)_sources).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(DataSources? other) => other is not null && _sources.AsSpan().SequenceEqual(other._sources);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DataSources);

    /// <inheritdoc/>
    public override int GetHashCode() => _sources.Length == 0 ? 0 : _sources[0].Path.GetHashCode(StringComparison.Ordinal);

    /// <summary>The paths, for messages.</summary>
    public override string ToString() => string.Join(", ", _sources.Select(source => source.Path));
}
