using LeanTune.Activations;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace OwnModel;

/// <summary>What a training came to.</summary>
/// <param name="Losses">Of every step.</param>
/// <param name="KeptBytes">Live native bytes at the end of the last forward pass minus those before it.</param>
/// <param name="PeakBytes">Highest live native bytes within the last step minus those before it, its gradients included.</param>
internal sealed record TrainingResult(IReadOnlyList<double> Losses, long KeptBytes, long PeakBytes);

/// <summary>Trains the transformer from the same start on the same text, with or without compression.</summary>
internal static class TrainingRun
{
    private const int Vocabulary = 64, Tokens = 64, Rows = 16, Width = 128, Heads = 4, Blocks = 6;

    /// <summary>Runs some steps.</summary>
    /// <param name="codec">The form in which block inputs are kept; null keeps everything, as autograd does.</param>
    /// <param name="steps">How many.</param>
    public static TrainingResult Run(IActivationCodec? codec, int steps)
    {
        manual_seed(7);
        using Transformer model = new(Vocabulary, Tokens, Width, Heads, Blocks);
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-3);
        MarkovText text = new(Vocabulary, seed: 3);
        List<double> losses = [];
        long kept = 0, peak = 0;
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor ids = text.Batch(Rows, Tokens);
            optimizer.zero_grad();
            ProcessMemory.Trim();
            using PeakSampler memory = new();
            using ChainState chain = new();
            SeededDraws draws = new SeededDraws(seed: 1).For(step);
            Tensor logits = model.Forward(ids.narrow(1, 0, Tokens), codec, chain, draws); // (B, T, V)
            memory.Sample();
            kept = ProcessMemory.LiveBytes - memory.Baseline;
            Tensor loss = nn.functional.cross_entropy(logits.view(-1, Vocabulary), ids.narrow(1, 1, Tokens).reshape(-1));
            loss.backward();
            memory.Sample();
            peak = memory.PeakBytes;
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        return new TrainingResult(losses, kept, peak);
    }
}
