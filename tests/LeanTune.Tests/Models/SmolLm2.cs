using LeanTune.Checkpoints;

namespace LeanTune.Tests.Models;

/// <summary>SmolLM2-135M-Instruct, imported once from its GGUF for all tests that use it.</summary>
public sealed class SmolLm2 : IDisposable
{
    private readonly Lazy<TemporaryFolder> _folder = new(() =>
    {
        string gguf = Repository.SharedOrSkip("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
        TemporaryFolder folder = new();
        GgufImporter.Import(gguf, folder.Path);
        return folder;
    });

    /// <summary>The imported hub folder; skips the running test where the model is absent.</summary>
    public string Folder => _folder.Value.Path;

    public void Dispose()
    {
        if (_folder.IsValueCreated) _folder.Value.Dispose();
    }
}
