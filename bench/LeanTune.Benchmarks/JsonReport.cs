using System.Text.Json;

namespace LeanTune.Benchmarks;

/// <summary>One JSON object a line with named fields, so that a script can compare figures from run to run.</summary>
internal sealed class JsonReport(string? path) : IDisposable
{
    private readonly StreamWriter? _writer = path is null ? null : new StreamWriter(path);

    /// <summary>Writes a line; does nothing without a file.</summary>
    public void Line(params (string Name, object? Value)[] fields)
    {
        _writer?.WriteLine(JsonSerializer.Serialize(fields.ToDictionary(field => field.Name, field => field.Value)));
        _writer?.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer?.Dispose();
}
