using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// The row of codes that loses least of a row of numbers (Viterbi 1967), in tensor expressions: forward, the least loss that ends in each
/// state; then back along the choices that led there.
/// </summary>
/// <remarks>
/// A state is the last three bits, the newest lowest. State n is reached from n / 2 or from n / 2 + 4, whichever loses less; where both lose
/// the same, from the first. Sums of squares are in fp32, in order, so that the kernel takes the same choices.
/// </remarks>
internal static class TrellisSearch
{
    private const int States = Trellis.States, Half = States / 2;

    /// <summary>Choices that are held at once.</summary>
    private const long PieceChoices = 1 << 24;

    // Held, for a number made for one call can be finalized while native code still reads it, and the loops below make millions of calls.
    private static readonly Scalar s_one = 1L, s_two = 2L, s_states = (long)States;

    /// <summary>The best codes: (r, n) fp32 gives (r, n) uint8; the caller disposes it.</summary>
    public static Tensor BestCodes(Trellis trellis, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        (long rows, long features) = (numbers.shape[0], numbers.shape[1]);
        Tensor codes = empty(rows, features, ScalarType.Byte, numbers.device);
        if (features == 0) return codes.MoveToOuterDisposeScope();
        long pieceRows = Math.Max(1, PieceChoices / (features * States));
        for (long first = 0; first < rows; first += pieceRows)
        {
            using var piece = NewDisposeScope();
            long count = Math.Min(pieceRows, rows - first);
            (Tensor losses, Tensor indices) = InSubsets(trellis, numbers.narrow(0, first, count));
            (Tensor choices, Tensor state) = Forward(losses);
            Back(choices, state, indices, codes.narrow(0, first, count));
        }
        return codes.MoveToOuterDisposeScope();
    }

    /// <summary>The nearest level of each subset: what it loses, and its index. Both (n, r, subsets).</summary>
    private static (Tensor Losses, Tensor Indices) InSubsets(Trellis trellis, Tensor numbers)
    {
        Tensor upright = numbers.t().contiguous().unsqueeze(2); // (n, r, 1)
        Tensor values = tensor(trellis.Values, [trellis.SubsetLevels, Trellis.Subsets], device: numbers.device);
        Tensor thresholds = tensor(trellis.Thresholds, [trellis.SubsetLevels - 1, Trellis.Subsets], device: numbers.device);
        Tensor indices = zeros([.. upright.shape[..2], Trellis.Subsets], ScalarType.Int64, numbers.device);
        Tensor nearest = values[0].expand(indices.shape);
        for (int index = 1; index < trellis.SubsetLevels; index++)
        {
            Tensor further = upright.gt(thresholds[index - 1]); // (n, r, subsets)
            indices.add_(further, s_one);
            nearest = where(further, values[index], nearest);
        }
        Tensor off = upright - nearest;
        return (off * off, indices);
    }

    /// <summary>Which of its two predecessors each state takes: (n, r, states) bool. And the best last state: (r, 1).</summary>
    private static (Tensor Choices, Tensor State) Forward(Tensor losses)
    {
        (long features, long rows) = (losses.shape[0], losses.shape[1]);
        Tensor first = SubsetsFrom(0, losses.device), second = SubsetsFrom(Half, losses.device); // (states)
        Tensor choices = empty(features, rows, States, ScalarType.Bool, losses.device);
        Tensor least = full(rows, States, float.PositiveInfinity, ScalarType.Float32, losses.device);
        least.select(1, 0).zero_();
        for (long feature = 0; feature < features; feature++)
        {
            using var step = NewDisposeScope();
            Tensor loss = losses[feature]; // (r, subsets)
            Tensor one = Doubled(least.narrow(1, 0, Half)).add(loss.index_select(1, first), s_one); // (r, states)
            Tensor other = Doubled(least.narrow(1, Half, Half)).add(loss.index_select(1, second), s_one);
            Tensor takes = other.lt(one);
            choices[feature].copy_(takes);
            least.copy_(where(takes, other, one));
        }
        return (choices, least.argmin(1, keepdim: true));
    }

    /// <summary>Each state's number twice: (r, 4) gives (r, 8).</summary>
    private static Tensor Doubled(Tensor half) => half.unsqueeze(2).expand(half.shape[0], Half, 2).reshape(half.shape[0], States);

    /// <summary>The subset on the way to each state from its predecessor in one half of the states: (states).</summary>
    private static Tensor SubsetsFrom(int half, Device device) =>
        tensor([.. Enumerable.Range(0, States).Select(state => (long)Trellis.Subset(state + (2 * half)))], device: device);

    private static void Back(Tensor choices, Tensor state, Tensor indices, Tensor codes)
    {
        Tensor subsets = tensor([.. Enumerable.Range(0, 2 * States).Select(window => (long)Trellis.Subset(window))], device: codes.device);
        Tensor at = state.clone(), one = ones(1, ScalarType.Int64, codes.device); // (r, 1)
        for (long feature = choices.shape[0] - 1; feature >= 0; feature--)
        {
            using var step = NewDisposeScope();
            Tensor window = choices[feature].gather(1, at).to(ScalarType.Int64).mul_(s_states).add_(at, s_one); // (r, 1): the state before, and the bit
            Tensor subset = subsets.index_select(0, window.flatten()).unsqueeze(1);
            Tensor code = indices[feature].gather(1, subset).mul_(s_two).add_(window.bitwise_and(one), s_one);
            codes.narrow(1, feature, 1).copy_(code);
            at.copy_(window.bitwise_right_shift(one));
        }
    }
}
