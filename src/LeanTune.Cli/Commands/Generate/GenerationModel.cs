using LeanTune.Checkpoints;
using LeanTune.Models;
using LeanTune.Tokenization;
using static TorchSharp.torch;

namespace LeanTune.Cli.Commands.Generate;

/// <summary>A model with its tokenizer, and an adapter where one is given, ready to generate.</summary>
internal sealed class GenerationModel : IDisposable
{
    private readonly DecoderAdapter? _adapter;

    private GenerationModel(Decoder decoder, Tokenizer tokenizer, DecoderAdapter? adapter) =>
        (Decoder, Tokenizer, _adapter) = (decoder, tokenizer, adapter);

    /// <summary>The model with its adapter attached.</summary>
    public Decoder Decoder { get; }

    /// <summary>The model's tokenizer, with the tokens that the adapter brings.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Reads a model folder and, when given, a PEFT adapter folder.</summary>
    /// <param name="model">Hub folder.</param>
    /// <param name="adapter">Adapter folder, or null.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="notice">Told of what the user should know.</param>
    public static GenerationModel Load(string model, string? adapter, ScalarType dtype, Action<string> notice)
    {
        using HubFolder folder = HubFolder.Open(model);
        GrownVocabulary vocabulary = GrownVocabulary.Load(folder, [], adapter);
        Tokenizer tokenizer = vocabulary.Tokenizer;
        if (tokenizer.Special.Doubt is { } doubt) notice(doubt);
        Decoder decoder = DecoderLoader.Load(folder, dtype, notice, vocabulary.Growth);
        try
        {
            return new(decoder, tokenizer, adapter is null ? null : DecoderAdapter.Load(decoder, adapter, notice));
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _adapter?.Dispose();
        Decoder.Dispose();
    }
}
