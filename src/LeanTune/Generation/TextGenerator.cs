using System.Text;
using LeanTune.Generation.KvCaches;
using LeanTune.Models;
using LeanTune.Native;
using Decoder = LeanTune.Models.Decoder;
using LeanTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Generation;

/// <summary>Continues a prompt token by token, with a cache of keys and values.</summary>
/// <remarks>Not for use from several threads at once.</remarks>
/// <param name="model">With or without adapters. Borrowed.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
public sealed class TextGenerator(Decoder model, Tokenizer tokenizer)
{
    /// <summary>Continues a prompt until an end token, the limit, or cancellation.</summary>
    /// <param name="prompt">Text to continue; must hold at least one token.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="written">Told of each piece of text as soon as its characters are complete.</param>
    /// <param name="cancel">Stops after the current token.</param>
    /// <returns>The continuation without the prompt.</returns>
    /// <exception cref="ArgumentException">The prompt holds no token, or an option is out of range.</exception>
    public string Generate(string prompt, SamplingOptions options, Action<string>? written = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int[] ids = tokenizer.EncodeIds(prompt, addSpecialTokens: true);
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
        // Some tokenizers drop the space of a text's first word: the continuation is no text of its own.
        foreach (int id in ids) decoder.Push(id);
        StringBuilder text = new();
        void Write(string piece)
        {
            if (piece.Length == 0) return;
            text.Append(piece);
            written?.Invoke(piece);
        }

        SignalStack.Enlarge();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        foreach (int token in Tokens(ids, options, cancel))
        {
            Write(decoder.Push(token));
            FinalizerGate.Rest();
        }

        Write(decoder.Flush());
        return text.ToString();
    }

    /// <summary>The tokens that follow a prompt, without the end token.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="cancel">Stops after the current token.</param>
    /// <exception cref="ArgumentException">The prompt holds no token, or an option is out of range.</exception>
    public IEnumerable<int> Tokens(IReadOnlyList<int> prompt, SamplingOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(options);
        if (prompt.Count == 0) throw new ArgumentException("The prompt is empty: there is nothing to continue.", nameof(prompt));
        if (!(options.Temperature >= 0) || !double.IsFinite(options.Temperature) || !(options.TopP is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), options, "The temperature must be 0 or a number above, the share of the nucleus above 0 and at most 1.");
        return Follow(prompt, options, cancel);
    }

    private IEnumerable<int> Follow(IReadOnlyList<int> prompt, SamplingOptions options, CancellationToken cancel)
    {
        HashSet<int> ends = [.. tokenizer.Special.EndTokens];
        Sampler sampler = new(options);
        using FullKvCache cache = new(model.Config.Blocks);
        long[] next = [.. prompt.Select(id => (long)id)];
        for (int written = 0; written < options.MaxNewTokens && !cancel.IsCancellationRequested; written++)
        {
            int token = Step(next, cache, sampler);
            if (ends.Contains(token)) yield break;
            yield return token;
            next = [token];
        }
    }

    private int Step(long[] tokens, FullKvCache cache, Sampler sampler)
    {
        SignalStack.Enlarge();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = tensor(tokens, [1, tokens.Length], device: model.Device); // (1, T)
        using ForwardPass pass = new(model.Config, ids, model.Dtype, cache: cache);
        Tensor hidden = model.Forward(ids, pass); // (T, C)
        Tensor logits = model.Logits(hidden.narrow(0, tokens.Length - 1, 1)); // (1, V)
        return sampler.Next(logits.view(-1));
    }
}
