namespace LeanTune.Adapters.Peft;

/// <summary>Tensor names in PEFT's adapter files.</summary>
internal static class PeftKeys
{
    public const string ConfigFile = "adapter_config.json";
    public const string TensorFile = "adapter_model.safetensors";
    public const string PickleFile = "adapter_model.bin";

    private const string Prefix = "base_model.model.";
    private const string EndA = ".lora_A.weight";
    private const string EndB = ".lora_B.weight";
    private const string EndTokens = ".token_adapter.trainable_tokens_delta";

    // What other kinds of adapter leave in a file, for the error that refuses it.
    private static readonly (string Part, string Meaning)[] Others =
    [
        (".lora_magnitude_vector", "DoRA's magnitude"),
        (".lora_embedding_", "LoRA on an embedding"),
        (".token_adapter.", "a part of the base model beside trained tokens"),
        (".lora_B.bias", "a bias on lora_B"),
        (".modules_to_save.", "a module that is trained whole"),
        (".base_layer.", "a part of the base model"),
    ];

    /// <summary>Name of A's tensor.</summary>
    public static string A(string module) => Prefix + module + EndA;

    /// <summary>Name of B's tensor.</summary>
    public static string B(string module) => Prefix + module + EndB;

    /// <summary>Name of the tensor of a table's trained rows.</summary>
    public static string Tokens(string module) => Prefix + module + EndTokens;

    /// <summary>The table whose trained rows a tensor holds; null for any other tensor.</summary>
    public static string? ParseTokens(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && key.EndsWith(EndTokens, StringComparison.Ordinal) && key.Length > Prefix.Length + EndTokens.Length
            ? key[Prefix.Length..^EndTokens.Length]
            : null;

    /// <summary>The module that a tensor belongs to, and which of its two it is; null for any other tensor.</summary>
    public static (string Module, bool IsA)? Parse(string key)
    {
        foreach (bool isA in (ReadOnlySpan<bool>)[true, false])
        {
            string end = isA ? EndA : EndB;
            if (key.StartsWith(Prefix, StringComparison.Ordinal) && key.EndsWith(end, StringComparison.Ordinal) && key.Length > Prefix.Length + end.Length)
                return (key[Prefix.Length..^end.Length], isA);
        }

        return null;
    }

    /// <summary>What a tensor that is no A or B seems to be.</summary>
    public static string Describe(string key)
    {
        foreach ((string part, string meaning) in Others)
            if (key.Contains(part, StringComparison.Ordinal)) return $"this is {meaning}, which is not supported";
        return $"this is no LoRA tensor; expected {Prefix}MODULE{EndA} or {EndB}";
    }
}
