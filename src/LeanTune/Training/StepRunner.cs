using LeanTune.Activations;
using LeanTune.Adapters;
using LeanTune.Data;
using LeanTune.Losses;
using LeanTune.Models;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Runs micro-batches through the model: forward, loss and backward for training; forward and loss for evaluation.</summary>
/// <param name="model">With adapters attached. Borrowed.</param>
/// <param name="plan">How blocks run and what they keep.</param>
/// <param name="seed">Seed of dropout and of the codecs' draws.</param>
/// <param name="tileBytes">Bytes that the insides of one block may take, and the logits of a chunk of the loss.</param>
internal sealed class StepRunner(Decoder model, ActivationPlan plan, ulong seed, long tileBytes = ForwardPass.DefaultTileBytes)
{
    // Labels of the run's draws: what is drawn for one purpose says nothing about another.
    private const long DropoutLabel = 1, CodecLabel = 2;

    private readonly SeededDraws _dropout = new SeededDraws(seed).For(DropoutLabel);
    private readonly SeededDraws _codecs = new SeededDraws(seed).For(CodecLabel);

    /// <summary>What the micro-batches keep, block by block.</summary>
    public SavedBytes Saved { get; } = new();

    /// <summary>Activation bytes held at the end of the last micro-batch's forward pass, as the ledger has them.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>The same by block and kind.</summary>
    public IReadOnlyList<SavedBytesEntry> Kept { get; private set; } = [];

    /// <summary>
    /// The same as the allocator has them: live native bytes after the forward pass minus those before it, without its result.
    /// Everything counts, also what other threads do meanwhile. 0 where the system cannot tell.
    /// </summary>
    public long MeasuredKeptBytes { get; private set; }

    /// <summary>Logits that exist at once: where the insides of a block are kept small, so are they.</summary>
    private long ChunkBytes => Math.Min(ChunkedCrossEntropy.DefaultChunkBytes, tileBytes);

    /// <summary>Adds a micro-batch's gradients to the parameters.</summary>
    /// <param name="batch">The micro-batch. Borrowed.</param>
    /// <param name="scale">Factor on its summed loss: 1 / supervised tokens of the whole step.</param>
    /// <param name="index">Counts micro-batches over the whole run.</param>
    /// <param name="piece">Which piece of a micro-batch that is cut; 0 for a whole one.</param>
    /// <returns>The scaled loss.</returns>
    public double Train(Batch batch, double scale, long index, int piece = 0)
    {
        SeededDraws codecs = piece == 0 ? _codecs : _codecs.For(-piece), dropout = piece == 0 ? _dropout : _dropout.For(-piece);
        using DisposeScope scope = NewDisposeScope();
        long before = ProcessMemory.LiveBytes;
        using ForwardPass pass = new(model.Config, batch.InputIds, model.Dtype, samples: SamplesOf(batch))
        {
            Plan = plan,
            RowMask = RowMask(batch),
            Draws = site => codecs.For(index, site),
            Dropout = new DropoutMask(dropout.For(index)),
            Saved = Saved,
            TileBytes = tileBytes,
        };
        Tensor hidden = model.ForwardBlocks(batch.InputIds, pass);
        MeasuredKeptBytes = ProcessMemory.HasLiveBytes ? ProcessMemory.LiveBytes - before - (hidden.NumberOfElements * hidden.ElementSize) : 0;
        (KeptBytes, Kept) = (Saved.Total, Saved.Report());
        Tensor loss = ChunkedCrossEntropy.Sum(hidden, model.FinalNorm, model.Head, model.HeadRows, batch.Labels, scale, ChunkBytes);
        // The loss has gathered what it needs: the hidden states go before the backward pass begins.
        hidden.Dispose();
        Autograd.Backward(loss);
        return loss.item<float>();
    }

    /// <summary>Sum of the negative log-likelihoods of a batch's supervised tokens.</summary>
    /// <param name="batch">The batch. Borrowed.</param>
    public double Evaluate(Batch batch)
    {
        using IDisposable quiet = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ForwardPass pass = new(model.Config, batch.InputIds, model.Dtype, samples: SamplesOf(batch)) { TileBytes = tileBytes };
        Tensor hidden = model.ForwardBlocks(batch.InputIds, pass);
        return ChunkedCrossEntropy.Sum(hidden, model.FinalNorm, model.Head, model.HeadRows, batch.Labels, 1, ChunkBytes).item<float>();
    }

    private static IReadOnlyList<IReadOnlyList<int>>? SamplesOf(Batch batch) => batch.IsPacked ? batch.Samples : null;

    /// <summary>(N) bool, true for real tokens; null when there is no padding.</summary>
    private static Tensor? RowMask(Batch batch)
    {
        if (batch.RealTokens == batch.PaddedTokens) return null;
        long tokens = batch.InputIds.shape[1];
        using Tensor lengths = tensor(batch.Lengths.Select(length => (long)length).ToArray()).unsqueeze_(1); // (B, 1)
        using Tensor positions = arange(tokens).unsqueeze_(0); // (1, T)
        return positions.lt(lengths).reshape(-1).to(batch.InputIds.device); // (N)
    }
}
