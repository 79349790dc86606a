using System.Diagnostics.CodeAnalysis;

namespace LeanTune.Data;

/// <summary>An endless, repeatable stream of indices of examples: every epoch in an order of its own.</summary>
/// <remarks>Setting <see cref="Position"/> to a value read earlier goes on with exactly what followed it. Not safe for use from several threads.</remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of examples; no one takes it for System.IO.Stream.")]
public sealed class SampleStream
{
    private readonly SampleOrder _order;
    private int[] _epoch;
    private SamplePosition _position;

    /// <summary>Makes a stream that stands at its beginning.</summary>
    /// <param name="order">Decides what comes.</param>
    public SampleStream(SampleOrder order)
    {
        _order = order;
        _epoch = order.Epoch(0);
    }

    /// <summary>What <see cref="Next"/> hands out next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a place that this stream does not have.</exception>
    public SamplePosition Position
    {
        get => _position;
        set
        {
            int[] epoch = value.Epoch == _position.Epoch ? _epoch : _order.Epoch(value.Epoch);
            if (value.Draw < 0 || value.Draw > epoch.Length)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"Epoch {value.Epoch} of this stream has {epoch.Length} examples.");
            (_epoch, _position) = (epoch, value);
        }
    }

    /// <summary>The index of the next example.</summary>
    public int Next()
    {
        while (_position.Draw == _epoch.Length)
            Position = new SamplePosition(_position.Epoch + 1, 0);
        int index = _epoch[_position.Draw];
        _position = _position with { Draw = _position.Draw + 1 };
        return index;
    }
}
