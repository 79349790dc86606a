using System.Globalization;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>
/// Keeps what changed since the block before: the difference to the decoded activation before it, as a few exact rows, a few
/// directions chosen by energy, and a rotated remainder in one to four bits an element.
/// </summary>
/// <remarks>
/// With <see cref="SaveContext.Chain"/> the codec works as a closed loop: what it lost at one block is part of the difference that
/// the next block codes, so losses do not pile up. The first activation of a chain lives in the chain's buffer and is kept exactly.
/// Activations must then be restored and disposed in exactly the reverse order of saving; restored fp32 tensors share the buffer's
/// memory until they are disposed. Without a chain every activation is coded alone.
/// <para>Padding rows take no part and come back as zeros. Rows with a NaN or an infinity come back non-finite and harm no other.
/// Sums run in fp32. What is kept is never larger than the activation's real rows, kept exactly.</para>
/// </remarks>
public sealed class ResidualChain : IActivationCodec
{
    private readonly ResidualOptions _options;

    /// <summary>Makes the codec.</summary>
    /// <param name="bits">Bits an element of the remainder: 1, 2, 3 or 4. Directions, scales and exact rows add about 0.3.</param>
    /// <param name="chained">False codes every activation alone, also where there is a chain.</param>
    /// <exception cref="ArgumentOutOfRangeException">Any other number of bits.</exception>
    public ResidualChain(int bits = 2, bool chained = true)
        : this(bits, new ResidualOptions()) => Chained = chained;

    /// <summary>As the public constructor, with the parts that tests and measurements vary.</summary>
    internal ResidualChain(int bits, ResidualOptions options)
    {
        if (!BitChoices.Contains(bits))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, $"A residual chain has {string.Join(", ", BitChoices)} bits an element.");
        (Bits, _options) = (bits, options with { Levels = 1 << bits });
    }

    /// <summary>Bits an element of the remainder.</summary>
    public int Bits { get; }

    /// <summary>The numbers of bits that can be asked for.</summary>
    public static IReadOnlyList<int> BitChoices { get; } = [1, 2, 3, 4];

    /// <inheritdoc/>
    public bool Chained { get; } = true;

    /// <inheritdoc/>
    public bool Serves(ActivationRole role) => true;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The chain has begun to restore, or has ended.</exception>
    /// <exception cref="ArgumentException">The row mask does not fit, or the chain began with another shape or mask.</exception>
    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        ArgumentNullException.ThrowIfNull(activation);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long features = activation.dim() == 0 ? 1 : activation.shape[^1];
        long count = activation.dim() == 0 ? 1 : activation.shape[..^1].Aggregate(1L, (product, size) => product * size);
        Tensor matrix = activation.detach().reshape(count, features); // (N, n)
        RowRuns rows = RowRuns.For(count, context.RowMask);
        if (!Chained || context.Chain is not { } chain)
            return SaveAlone(activation, matrix, rows, context.Draws);

        chain.CheckSave(context.Site, count, features, rows);
        ResidualCode? code = null;
        if (chain.Buffer is null)
            chain.Begin(Beginning(matrix, rows), rows);
        else
            code = Advance(chain, matrix, rows, context);
        ChainedActivation link = new(chain, context.Site, activation, rows, code);
        chain.Push(link);
        return link;
    }

    /// <inheritdoc/>
    /// <remarks>How many directions and exact rows there will be is the data's to say: a fifth of the directions looked at, one row in a thousand, as on real text.</remarks>
    public CodecBytes Expect(long rows, long features, ScalarType type)
    {
        CodecBytes whole = CodecBytes.Whole(rows, features, type);
        long directions = Math.Min(_options.DirectionsTried / 5, Math.Min(rows, features) / 4);
        long codes = Remainder.BytesOf(rows, new CodeLayout(_options.Levels, (int)features)) + (rows * directions / 2) + (directions * ((features / 2) + 2)) + (rows / 1000 * 2 * features);
        long dense = rows * features * sizeof(float);
        long sampled = Math.Min(ResidualOptions.FitRows, rows), tried = Math.Min(_options.DirectionsTried, Math.Min(sampled, features));
        long fit = sizeof(float) * ((sampled * features) + (3 * (sampled + features) * tried));
        long working = dense + Math.Max(fit, sizeof(float) * directions * (rows + features));
        return Chained || codes < whole.Kept ? new CodecBytes(Math.Min(codes, whole.Kept), working, Chained ? dense : 0) : whole with { Working = working };
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"residual {(Chained ? "chain" : "code")}, {Bits} {(Bits == 1 ? "bit" : "bits")}");

    private SavedActivation SaveAlone(Tensor activation, Tensor matrix, RowRuns rows, IDraws draws)
    {
        ResidualCode code = ResidualEncoder.Encode(matrix, null, rows, draws, _options);
        if (code.Bytes + rows.Bytes < activation.numel() * activation.element_size()) return new CodedActivation(activation, rows, code);
        code.Dispose();
        return new ExactActivation(activation);
    }

    private ResidualCode Advance(ChainState chain, Tensor matrix, RowRuns rows, in SaveContext context)
    {
        try
        {
            return ResidualEncoder.Encode(matrix, chain.Buffer, rows, context.Draws, _options);
        }
        catch
        {
            chain.End($"saving {context.Site} failed"); // the buffer may stand between two activations
            throw;
        }
    }

    private static Tensor Beginning(Tensor matrix, RowRuns rows)
    {
        Tensor buffer = matrix.to(ScalarType.Float32, copy: true).contiguous();
        rows.ZeroOthers(buffer);
        return buffer;
    }
}
