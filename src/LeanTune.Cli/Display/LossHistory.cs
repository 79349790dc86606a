namespace LeanTune.Cli.Display;

/// <summary>The losses of a whole run in a few numbers for <see cref="Sparkline"/>, however long the run is: means of stretches of steps that double in length when there are too many.</summary>
internal sealed class LossHistory
{
    /// <summary>Twice the widest line, so that no stretch is wider than a character.</summary>
    private const int Most = 256;

    private readonly List<double> _means = [];
    private int _stretch = 1;
    private int _inLast;

    /// <summary>Mean loss of each stretch of steps, in order. The last may be shorter than the others.</summary>
    public IReadOnlyList<double> Means => _means;

    /// <summary>Takes in the loss of the next step.</summary>
    public void Add(double loss)
    {
        if (_inLast > 0 && _inLast < _stretch)
        {
            _inLast++;
            _means[^1] += (loss - _means[^1]) / _inLast;
            return;
        }

        if (_means.Count == Most) Halve();
        _means.Add(loss);
        _inLast = 1;
    }

    private void Halve()
    {
        for (int i = 0; i < Most / 2; i++) _means[i] = (_means[2 * i] + _means[(2 * i) + 1]) / 2;
        _means.RemoveRange(Most / 2, Most / 2);
        _stretch *= 2;
    }
}
