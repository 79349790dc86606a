using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>
/// Turns a GGUF file into a hub folder: weights in the hub's names and row order, configurations, tokenizer and chat template.
/// </summary>
/// <remarks>
/// Families llama (also Mistral's models without sliding window and Llama 3.1 and 3.2), qwen2 and qwen3. Every tensor is used or the import
/// fails naming it;
/// metadata that went unused are reported. A tokenizer.json beside the GGUF file is taken if its ids agree with the file's, else one is
/// built from the metadata.
/// </remarks>
public static class GgufImporter
{
    /// <summary>Imports a file. Needs memory for about two tensors, whatever the model's size.</summary>
    /// <param name="ggufPath">The GGUF file.</param>
    /// <param name="folder">The folder to make; it must not exist or be empty. It appears at the end, complete, or not at all.</param>
    /// <param name="dtype">
    /// Type of the weights: float32, bfloat16 or float16. Null keeps every value exact: the file's own type where it is one 16-bit type
    /// throughout
    /// (norms that fit it included), else float32.
    /// </param>
    /// <param name="report">Told what was done, a line at a time: types, tokenizer, unused metadata.</param>
    /// <exception cref="FileNotFoundException">There is no such file; the message gives the nearest name in its folder.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The file breaks the format, or holds something that cannot be imported; the message names it.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="dtype"/> is none of the three.</exception>
    /// <exception cref="IOException">The folder is not empty, or the disk is full; what was written is removed.</exception>
    public static void Import(string ggufPath, string folder, ScalarType? dtype = null, Action<string>? report = null)
    {
        if (dtype is not (null or ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            throw new ArgumentException($"Weights are imported as float32, bfloat16 or float16, not {dtype}.", nameof(dtype));
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new IOException($"'{target}' already exists and is not an empty folder; name a new folder for the import.");

        using GgufFile file = GgufFile.Open(ggufPath);
        GgufMetadata metadata = new(file);
        GgufModel model = GgufModel.Read(file, metadata);
        IReadOnlyList<GgufTensorMap.Mapping> mappings = GgufTensorMap.Resolve(file, model);
        GgufSpecialTokens tokens = GgufSpecialTokens.Read(metadata, model.Vocabulary);
        ScalarType weights = dtype ?? ExactType(file);

        string partial = target + AtomicFile.PartialSuffix;
        RemoveFolder(partial);
        Directory.CreateDirectory(partial);
        try
        {
            (string tokenizer, bool rebuilt) = WriteTokenizer(file, metadata, tokens, model, partial);
            GgufConfig.Write(Path.Combine(partial, HubFolder.ConfigName), GgufConfig.Config(model, tokens, weights, HubId(metadata)));
            SafetensorsWriter.WriteSharded(partial, mappings.Select(mapping =>
                new TensorToWrite(mapping.HubName, mapping.Shape, weights, () => Read(file, mapping, weights))));
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
            Describe(file, metadata, model, weights, tokenizer, rebuilt, report);
        }
        catch
        {
            RemoveFolder(partial);
            throw;
        }
    }

    /// <summary>Reads a tensor in the hub's row order.</summary>
    private static Tensor Read(GgufFile file, GgufTensorMap.Mapping mapping, ScalarType dtype)
    {
        Tensor tensor = file.Read(mapping.GgufName, dtype);
        if (dtype == ScalarType.Float16)
            CheckRange(file, mapping.GgufName, tensor);
        if (mapping.InterleavedHeads == 0)
            return tensor;

        // A head's rows come in rotary pairs; the hub has all first members, then all second ones.
        using DisposeScope scope = NewDisposeScope();
        using (tensor)
        {
            long pairs = mapping.Shape[0] / mapping.InterleavedHeads / 2;
            Tensor heads = tensor.view([mapping.InterleavedHeads, pairs, 2, .. mapping.Shape[1..]]); // (H, D/2, 2, C)
            return heads.transpose(1, 2).reshape(mapping.Shape).MoveToOuterDisposeScope(); // (H·D, C)
        }
    }

    private static void CheckRange(GgufFile file, string name, Tensor tensor)
    {
        using Tensor infinite = tensor.isinf();
        using Tensor any = infinite.any();
        if (!any.item<bool>())
            return;
        tensor.Dispose();
        throw new CheckpointFormatException(
            file.Path, $"tensor '{name}'",
            "has values beyond float16's range of 65504; import as bfloat16 or float32");
    }

    /// <summary>The narrowest of the file's types that holds every weight exactly.</summary>
    private static ScalarType ExactType(GgufFile file)
    {
        IEnumerable<TensorInfo> all = file.Names.Select(file.Info);
        ScalarType[] matrices = [.. all.Where(static info => info.Shape.Count > 1).Select(static info => info.Dtype).Distinct()];
        if (matrices is not [ScalarType.BFloat16 or ScalarType.Float16])
            return ScalarType.Float32;
        foreach (string name in file.Names.Where(name => name != GgufRopeScaling.FactorsTensor && file.Info(name).Dtype != matrices[0]))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor wide = file.Read(name, ScalarType.Float32);
            using (wide)
                if (!wide.to_type(matrices[0]).to_type(ScalarType.Float32).equal(wide).all().item<bool>())
                    return ScalarType.Float32;
        }

        return matrices[0];
    }

    /// <summary>Copies or rebuilds the tokenizer's files and says which and how.</summary>
    private static (string Description, bool Rebuilt) WriteTokenizer(
        GgufFile file, GgufMetadata metadata, GgufSpecialTokens tokens, GgufModel model, string folder)
    {
        GgufVocabulary? vocabulary = GgufVocabulary.Read(metadata, model.Vocabulary);
        string beside = Path.GetDirectoryName(file.Path)!;
        IReadOnlyList<string> found = TokenizerFiles.Find(beside);
        string? mismatch = found.Count == 0 || vocabulary is null
            ? null
            : TokenizerFiles.Mismatch(Path.Combine(beside, HubFolder.TokenizerName), vocabulary.Tokens);
        if (found.Count == 0 || mismatch is not null)
        {
            if (vocabulary is null)
                throw new CheckpointFormatException(
                    file.Path, "metadata 'tokenizer.ggml.model'",
                    "the file has no tokenizer; put the model's own tokenizer.json beside it");
            string description = WriteRebuilt(GgufTokenizer.Build(metadata, vocabulary, tokens, model.Context), tokens, folder);
            string refused = mismatch is null ? "" : $"; the tokenizer.json beside the GGUF file was not taken: {mismatch}";
            return (description + refused, true);
        }

        foreach (string name in found)
        {
            // Content only: a read-only original must not make a read-only copy.
            using FileStream original = File.OpenRead(Path.Combine(beside, name));
            AtomicFile.Write(Path.Combine(folder, name), original.CopyTo);
        }

        if (!found.Contains(HubFolder.GenerationConfigName))
            GgufConfig.Write(Path.Combine(folder, HubFolder.GenerationConfigName), GgufConfig.Generation(tokens));
        string doubt = vocabulary is null ? "; the GGUF file has none to compare it with" : "";
        return ($"copied from beside the GGUF file ({string.Join(", ", found)}){doubt}", false);
    }

    private static string WriteRebuilt(GgufTokenizer.Files files, GgufSpecialTokens tokens, string folder)
    {
        GgufConfig.Write(Path.Combine(folder, HubFolder.TokenizerName), files.Tokenizer);
        GgufConfig.Write(Path.Combine(folder, "tokenizer_config.json"), files.Config);
        GgufConfig.Write(Path.Combine(folder, HubFolder.GenerationConfigName), GgufConfig.Generation(tokens));
        if (files.ChatTemplate is not null)
            AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), files.ChatTemplate);
        return $"rebuilt from the metadata: {files.Description}";
    }

    /// <summary>The model's id on the hub where the file states it; adapters name their base by it.</summary>
    private static string? HubId(GgufMetadata metadata)
    {
        const string hub = "https://huggingface.co/";
        string[] keys = ["general.source.huggingface.repository", "general.source.repo_url", "general.repo_url"];
        string? id = keys.Select(metadata.Text).ToArray().FirstOrDefault(static text => !string.IsNullOrWhiteSpace(text))?.Trim();
        if (id?.StartsWith(hub, StringComparison.OrdinalIgnoreCase) == true)
            id = id[hub.Length..].Trim('/');
        return id?.Split('/') is [{ Length: > 0 }, { Length: > 0 }] ? id : null;
    }

    private static void Describe(
        GgufFile file, GgufMetadata metadata, GgufModel model, ScalarType weights, string tokenizer, bool rebuilt, Action<string>? report)
    {
        if (report is null)
            return;
        var stored = file.Names.GroupBy(name => file.Info(name).StoredAs);
        string types = string.Join(", ", stored.Select(static group => $"{group.Count()} {group.Key}"));
        report($"weights: {file.Names.Count} tensors ({types}) written as {weights.ToString().ToLowerInvariant()}");
        if (model.RopeScaling is { } scaling)
            report($"rope scaling: {scaling.Type}, factor {scaling.Factor.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        report($"tokenizer: {tokenizer}");
        // A tokenizer that was copied stands for all that the file says of its own.
        string[] unused = [.. metadata.Unused
            .Where(static key => key != "general.alignment")
            .Where(key => rebuilt || !key.StartsWith("tokenizer.", StringComparison.Ordinal))];
        if (unused.Length > 0)
            report($"metadata not used: {string.Join(", ", unused.Select(CheckpointFormatException.Shorten))}");
    }

    private static void RemoveFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
