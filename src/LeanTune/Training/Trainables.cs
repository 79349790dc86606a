using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LeanTune.Adapters;
using LeanTune.Adapters.Peft;
using LeanTune.Models;
using LeanTune.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>What a run trains: adapters beside a frozen model, or the whole model; all of it in one flat buffer.</summary>
internal sealed class Trainables : IDisposable
{
    private readonly string _frozen;

    private Trainables(Decoder model, FlatParameters parameters, AdapterPlan? plan, LoraConfig? config, string frozen)
    {
        (Model, Parameters, Plan, Config, _frozen) = (model, parameters, plan, config, frozen);
    }

    /// <summary>The model, with its adapters attached. Owned.</summary>
    public Decoder Model { get; }

    /// <summary>Everything that is trained. Owned.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>The adapted modules, or null when all weights are trained.</summary>
    public AdapterPlan? Plan { get; }

    /// <summary>What adapter_config.json will say, or null when all weights are trained.</summary>
    public LoraConfig? Config { get; }

    /// <summary>Attaches fresh adapters, or those of a PEFT folder.</summary>
    /// <param name="model">Taken over.</param>
    /// <param name="options">Rank, alpha and modules, or the folder to continue from.</param>
    /// <param name="hubId">The base model's name for adapter_config.json.</param>
    /// <param name="seed">Seed of fresh adapters.</param>
    /// <param name="notice">Told of patterns without a match.</param>
    /// <param name="newTokens">Ids of tokens whose rows are trained too; the model has the rows.</param>
    public static Trainables Lora(Decoder model, AdapterOptions options, string hubId, ulong seed, Action<string> notice, IReadOnlyList<int>? newTokens = null)
    {
        LoraConfig WithTokens(LoraConfig config) => config.WithTokens(newTokens ?? [], TrainedTokens.Tables(model.Config));
        string[] names = [.. model.Linears.Select(linear => linear.Name)];
        Dictionary<string, LoraLinear> linears = model.Linears.ToDictionary(linear => linear.Name, StringComparer.Ordinal);
        if (options.ContinueFrom is { } folder)
        {
            using PeftAdapter adapter = PeftFolder.Read(folder);
            AdapterPlan matched = adapter.MatchModel([.. model.Linears.Select(linear => (linear.Name, linear.OutputWidth, linear.InputWidth))], model.Config.ModelType);
            IReadOnlyList<TokenValues> tokens = adapter.MatchTokens([.. model.TokenTables.Select(table => (table.Module, table.Table.shape[0], table.Table.shape[1]))]);
            foreach (string key in adapter.IgnoredKeys) notice($"{folder}: adapter_config.json has the unknown key '{key}', which has no effect");
            RequireSame(options, adapter.Config, matched, AdapterPlan.Match(ConfigOf(options, hubId), names, model.Config.ModelType), notice);
            return Attach(model, linears, matched, WithTokens(matched.Config with { BaseModelNameOrPath = hubId, Dropout = options.Dropout }), adapter.Factors, tokens, notice);
        }

        AdapterPlan plan = AdapterPlan.Match(ConfigOf(options, hubId), names, model.Config.ModelType);
        List<LoraFactors> fresh = [.. plan.Modules.Select(module =>
            LoraInit.Draw(module.Module, module.Rank, (int)linears[module.Module].InputWidth, (int)linears[module.Module].OutputWidth, seed))];
        Trainables trainables = Attach(model, linears, plan, WithTokens(plan.Config), fresh, [], notice);
        foreach (LoraFactors factors in fresh)
        {
            factors.A.Dispose();
            factors.B.Dispose();
        }

        return trainables;
    }

    /// <summary>Trains every weight, in fp32; norms and biases without weight decay.</summary>
    /// <param name="start">A model in fp32 whose weights are the start values. Emptied: its weights move into the flat buffer.</param>
    public static Trainables Full(Decoder start)
    {
        (DecoderConfig config, Device device) = (start.Config, start.Device);
        FlatParameters parameters = new([.. start.TakeWeights().Select(entry => (entry.Key, entry.Value, entry.Value.dim() > 1))], device);
        Decoder model = new(config, new Dictionary<string, Tensor>(parameters.ByName));
        return new Trainables(model, parameters, null, null, "");
    }

    /// <summary>The adapter's matrices as PEFT files hold them. Borrowed.</summary>
    public IReadOnlyList<LoraFactors> Factors() =>
        Plan is null ? [] : [.. Plan.Modules.Select(module => new LoraFactors(module.Module, Parameters.ByName[Key(module.Module, "lora_A")], Parameters.ByName[Key(module.Module, "lora_B")]))];

    /// <summary>The trained rows of tokens as PEFT files hold them. Borrowed.</summary>
    public IReadOnlyList<TokenValues> Tokens() => Config is null ? [] : TrainedTokens.Of(Config, Model.Config, Parameters);

    /// <summary>SHA-256, in hexadecimal, of names, shapes and first values of the frozen weights as they were loaded: tells models apart without reading all of them. Empty when
    /// nothing is frozen.</summary>
    public string FrozenFingerprint() => _frozen;

    private static string Fingerprint(Decoder model)
    {
        const int sampled = 256;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor weight) in model.Weights.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor first = weight.reshape(-1).narrow(0, 0, Math.Min(sampled, weight.NumberOfElements)).to(ScalarType.Float32).cpu(); // (sampled)
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name} {string.Join(' ', weight.shape)}\n"));
            hash.AppendData(MemoryMarshal.AsBytes(first.data<float>().ToArray().AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Parameters.Dispose();
    }

    private static LoraConfig ConfigOf(AdapterOptions options, string hubId) => new()
    {
        Rank = options.Rank,
        Alpha = options.Alpha,
        Dropout = options.Dropout,
        TargetModules = TargetModules.Parse(options.TargetModules),
        UseRslora = options.UseRslora,
        BaseModelNameOrPath = hubId,
    };

    /// <summary>An adapter that is continued brings its settings: others beside it cannot hold. Those at their default may not have been meant, and get a notice.</summary>
    /// <exception cref="OptionsException">An option is stated and differs.</exception>
    private static void RequireSame(AdapterOptions options, LoraConfig folder, AdapterPlan matched, AdapterPlan asked, Action<string> notice)
    {
        AdapterOptions defaults = new();
        string Modules(AdapterPlan plan) => plan.Config.TargetModules!.ToString();
        bool sameModules = matched.Modules.Select(module => module.Module).ToHashSet().SetEquals(asked.Modules.Select(module => module.Module));
        (string Key, bool Same, bool Default, object Folder, object Option)[] settings =
        [
            ("rank", options.Rank == folder.Rank, options.Rank == defaults.Rank, folder.Rank, options.Rank),
            ("alpha", options.Alpha == folder.Alpha, options.Alpha == defaults.Alpha, folder.Alpha, options.Alpha),
            ("use_rslora", options.UseRslora == folder.UseRslora, options.UseRslora == defaults.UseRslora, folder.UseRslora, options.UseRslora),
            ("target_modules", sameModules, options.TargetModules.SequenceEqual(defaults.TargetModules), Modules(matched), string.Join(", ", options.TargetModules)),
        ];
        foreach ((string key, _, bool isDefault, object inFolder, object option) in settings.Where(setting => !setting.Same))
        {
            (string there, string here) = (Text(inFolder), Text(option));
            if (!isDefault)
                throw new OptionsException($"adapter.{key}", $"is {here}, but the adapter in '{options.ContinueFrom}' has {there}: leave the key out, or state the same");
            notice($"adapter.{key}: {there}, as in '{options.ContinueFrom}', not the default {here}");
        }

        if (options.Dropout != folder.Dropout)
            notice($"adapter.dropout: {Text(options.Dropout)}, as this run asks; the adapter in '{options.ContinueFrom}' was trained with {Text(folder.Dropout)}");
    }

    private static string Text(object value) => value is bool yes ? (yes ? "true" : "false") : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;

    private static Trainables Attach(
        Decoder model, Dictionary<string, LoraLinear> linears, AdapterPlan plan, LoraConfig config, IReadOnlyList<LoraFactors> start, IReadOnlyList<TokenValues> continued,
        Action<string> notice)
    {
        foreach (string warning in plan.Warnings) notice(warning);
        string frozen = Fingerprint(model); // before trained rows are written into its tables
        IReadOnlyList<TokenValues> tokens = TrainedTokens.Start(model, config, continued);
        FlatParameters parameters = new(
            [.. tokens.Select(values => (TrainedTokens.Key(values.Module), values.Values, true)),
            .. start.SelectMany(factors => new[]
            {
                (Key(factors.Module, "lora_A"), factors.A.to(ScalarType.Float32, copy: true), true),
                (Key(factors.Module, "lora_B"), factors.B.to(ScalarType.Float32, copy: true), true),
            })],
            model.Device);
        foreach (AdaptedModule module in plan.Modules)
            linears[module.Module].Branch = new LoraBranch(
                parameters.ByName[Key(module.Module, "lora_A")], parameters.ByName[Key(module.Module, "lora_B")], module.Scale, config.Dropout);
        TrainedTokens.Attach(model, tokens, parameters);
        return new Trainables(model, parameters, plan, config, frozen);
    }

    private static string Key(string module, string factor) => $"{module}.{factor}.weight";
}
