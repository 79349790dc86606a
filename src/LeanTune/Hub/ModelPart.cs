namespace LeanTune.Hub;

/// <summary>How much of a model's repository is needed.</summary>
public enum ModelPart
{
    /// <summary>config.json: the shapes.</summary>
    Config,

    /// <summary>Configurations, tokenizer and chat templates: all but the weights.</summary>
    Tokenizer,

    /// <summary>Weights too, in safetensors.</summary>
    Weights,
}
