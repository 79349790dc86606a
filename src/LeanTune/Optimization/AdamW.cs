using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Optimization;

/// <summary>AdamW with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101) over one flat fp32 buffer.</summary>
public sealed class AdamW : IDisposable
{
    /// <summary>Numbers that are moved at a time: what a step computes on the way is small beside the moments.</summary>
    private const long PieceNumbers = 1 << 22;

    private readonly FlatParameters _parameters;
    private readonly double _beta1, _beta2, _epsilon, _weightDecay;

    /// <summary>Starts with zero moments.</summary>
    /// <param name="parameters">What is trained. Borrowed.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="weightDecay">Decoupled decay, times the learning rate.</param>
    public AdamW(FlatParameters parameters, double beta1, double beta2, double epsilon, double weightDecay)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (_parameters, _beta1, _beta2, _epsilon, _weightDecay) = (parameters, beta1, beta2, epsilon, weightDecay);
        FirstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        SecondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>Mean of the gradients, (Length).</summary>
    public Tensor FirstMoment { get; }

    /// <summary>Mean of the squared gradients, (Length).</summary>
    public Tensor SecondMoment { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Moves the parameters along their gradients.</summary>
    /// <param name="learningRate">Rate of this step.</param>
    public void Step(double learningRate)
    {
        using IDisposable quiet = no_grad();
        Steps++;
        double correction1 = 1 - Math.Pow(_beta1, Steps), correction2 = 1 - Math.Pow(_beta2, Steps);
        for (long first = 0; first < _parameters.Length; first += PieceNumbers)
            Step(first, Math.Min(PieceNumbers, _parameters.Length - first), learningRate, correction1, correction2);
    }

    private void Step(long first, long count, double learningRate, double correction1, double correction2)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Piece(Tensor whole) => whole.narrow(0, first, count);
        Tensor values = Piece(_parameters.Values), gradients = Piece(_parameters.Gradients), firstMoment = Piece(FirstMoment), secondMoment = Piece(SecondMoment);
        firstMoment.mul_(_beta1).add_(gradients, alpha: 1 - _beta1);
        secondMoment.mul_(_beta2).addcmul_(gradients, gradients, value: 1 - _beta2);
        long decayed = Math.Clamp(_parameters.DecayedLength - first, 0, count);
        if (_weightDecay != 0 && decayed > 0) values.narrow(0, 0, decayed).mul_(1 - (learningRate * _weightDecay));
        Tensor denominator = secondMoment.sqrt().div_(Math.Sqrt(correction2)).add_(_epsilon);
        values.addcdiv_(firstMoment, denominator, value: -learningRate / correction1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
