using LeanTune.Checkpoints;

namespace LeanTune.Adapters.Peft;

/// <summary>Reads and writes adapter folders that Python's PEFT reads and writes: adapter_config.json and adapter_model.safetensors.</summary>
public static class PeftFolder
{
    /// <summary>Reads an adapter folder and checks every tensor in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The adapter, in the file's data type; the caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder; the nearest name is given.</exception>
    /// <exception cref="FileNotFoundException">A file is missing from it.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The configuration is damaged or asks for something unsupported; or a tensor is missing, left over, of another shape than the
    /// rank asks for, of no floating type, or not finite; or there is none. File and key are named.
    /// </exception>
    public static PeftAdapter Read(string folder)
    {
        string full = LocalPath.ExistingFolder(folder);
        (LoraConfig config, IReadOnlyList<string> ignored) = LoraConfigReader.Load(Path.Combine(full, PeftKeys.ConfigFile));
        string path = Path.Combine(full, PeftKeys.TensorFile);
        if (!File.Exists(path) && File.Exists(Path.Combine(full, PeftKeys.PickleFile)))
            throw new CheckpointFormatException(Path.Combine(full, PeftKeys.PickleFile), null, "a pickled adapter can run code when it is read and is not supported; " +
                "load it in Python with PeftModel.from_pretrained and save it again with save_pretrained(folder), which writes " + PeftKeys.TensorFile);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        IReadOnlyList<TokenValues> tokens = TokenValuesReader.Read(file, config);
        try
        {
            return new PeftAdapter(path, config, FactorsReader.Read(file, config), tokens, ignored);
        }
        catch
        {
            foreach (TokenValues values in tokens) values.Values.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter folder, in fp32. An adapter that is there already is replaced as a whole.</summary>
    /// <param name="folder">The folder; made where it is absent. Other files in it stay.</param>
    /// <param name="config">The configuration; <see cref="AdapterPlan.Config"/> spells its modules out.</param>
    /// <param name="factors">A and B of each module, of any floating type and on any device. Borrowed.</param>
    /// <param name="metadata">Free pairs for the file's header, beside <c>format: pt</c>.</param>
    /// <param name="tokens">Rows of the tokens that the configuration says are trained, one entry a table. Borrowed.</param>
    /// <remarks>Both files are written aside first. A crash leaves the old adapter, the new one, or a folder without a configuration, never one's settings with the other's tensors.</remarks>
    /// <exception cref="AdapterException">There is no module, the configuration does not select a module, or a matrix has another shape than its rank asks for; or rows and trained tokens do not agree.</exception>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; what was there before is as it was.</exception>
    public static void Write(string folder, LoraConfig config, IReadOnlyList<LoraFactors> factors, IReadOnlyDictionary<string, string>? metadata = null, IReadOnlyList<TokenValues>? tokens = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(factors);
        LoraConfig written = FactorsWriter.Check(config, factors, tokens ?? []);
        string full = Path.GetFullPath(folder);
        string configPath = Path.Combine(full, PeftKeys.ConfigFile), tensorPath = Path.Combine(full, PeftKeys.TensorFile);
        string json = written.ToJson();
        Directory.CreateDirectory(full);
        try
        {
            AtomicFile.WriteAside(configPath, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(json)));
            FactorsWriter.WriteAside(tensorPath, factors, tokens ?? [], metadata);
            Commit(configPath, tensorPath, json);
        }
        catch
        {
            AtomicFile.Discard(configPath);
            AtomicFile.Discard(tensorPath);
            throw;
        }
    }

    // New tensors must not be seen beside an old configuration: one that differs goes first, the new one comes last.
    private static void Commit(string configPath, string tensorPath, string json)
    {
        string? earlier = File.Exists(configPath) ? File.ReadAllText(configPath) : null;
        if (earlier != json) File.Delete(configPath);
        try
        {
            AtomicFile.Commit(tensorPath);
        }
        catch when (earlier is not null && earlier != json)
        {
            File.WriteAllText(configPath, earlier);
            throw;
        }

        AtomicFile.Commit(configPath);
    }
}
