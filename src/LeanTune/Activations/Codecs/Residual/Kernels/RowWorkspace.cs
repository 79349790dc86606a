using System.Runtime.InteropServices;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>One thread's room for a few rows, small enough for the nearest cache, and the steps of a row that need it.</summary>
internal sealed unsafe class RowWorkspace : IDisposable
{
    private readonly int _features, _count, _padded;
    private readonly Rotation _rotation;
    private readonly float* _memory, _coefficients, _products, _once, _twice, _signs, _moreSigns;

    /// <param name="features">n.</param>
    /// <param name="count">k, directions; 0 for none.</param>
    /// <param name="rotation">Mixes features.</param>
    public RowWorkspace(int features, int count, Rotation rotation)
    {
        (_features, _count, _rotation) = (features, count, rotation);
        _padded = (features + 15) / 16 * 16;
        int paddedCount = (DirectionKernel.GroupRows * count) + 15;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(((DirectionKernel.GroupRows + 4) * (long)_padded) + paddedCount) * sizeof(float), 64);
        _products = _memory;
        _once = _products + (DirectionKernel.GroupRows * _padded);
        _twice = _once + _padded;
        _signs = _twice + _padded;
        _moreSigns = _signs + _padded;
        _coefficients = _moreSigns + _padded;
        new Span<float>(_coefficients, DirectionKernel.GroupRows * count).Clear();
        rotation.Signs[0].CopyTo(new Span<float>(_signs, features));
        rotation.Signs[^1].CopyTo(new Span<float>(_moreSigns, features));
    }

    /// <summary>Room for a rotated row of n numbers, which <see cref="AddDecoded"/> rotates back.</summary>
    public float* Mixed => _rotation.Rounds == 2 ? _twice : _once;

    /// <summary>Room for a row's k coefficients.</summary>
    public float* CoefficientsOf(int row) => _coefficients + (row * _count);

    /// <summary>Multiplies the rows of coefficients with the directions (k, n); nothing without directions.</summary>
    public void Multiply(float* basis)
    {
        if (_count > 0) DirectionKernel.Multiply(_coefficients, basis, _count, _features, _products);
    }

    /// <summary>Takes what the directions hold out of a row and rotates the rest into <see cref="Mixed"/>, which is returned.</summary>
    public float* Rotate(float* values, int row)
    {
        RowKernel.SubtractScale(values, ProductsOf(row), _signs, _once, _features);
        HadamardKernel.Transform(_once, _rotation.Blocks);
        if (_rotation.Rounds == 2)
        {
            for (int place = 0; place < _features; place++) _twice[place] = _once[_rotation.Order[place]] * _moreSigns[place];
            HadamardKernel.Transform(_twice, _rotation.Blocks);
        }
        return Mixed;
    }

    /// <summary>Rotates <see cref="Mixed"/> back, with what the directions hold, onto a row or out of it.</summary>
    public void AddDecoded(float* target, int row, int sign)
    {
        if (_rotation.Rounds == 2)
        {
            HadamardKernel.Transform(_twice, _rotation.Blocks);
            for (int place = 0; place < _features; place++) _once[_rotation.Order[place]] = _twice[place] * _moreSigns[place];
        }
        HadamardKernel.Transform(_once, _rotation.Blocks);
        RowKernel.AddDecoded(target, ProductsOf(row), _once, _signs, sign, _features);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private float* ProductsOf(int row) => _count == 0 ? null : _products + (row * _features);
}
