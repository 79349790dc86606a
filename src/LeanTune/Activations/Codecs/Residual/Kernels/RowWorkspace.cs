using System.Runtime.InteropServices;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>One thread's room for a few rows, small enough for a near cache, and the steps of a row that need it.</summary>
internal sealed unsafe class RowWorkspace : IDisposable
{
    /// <summary>Rows there is room for.</summary>
    public const int Rows = RowQuantizer.GroupRows;

    private readonly int _features, _count, _padded;
    private readonly Rotation _rotation;
    private readonly float* _memory, _coefficients, _products, _mixed, _once, _signs, _moreSigns;

    /// <param name="features">n.</param>
    /// <param name="count">k, directions; 0 for none.</param>
    /// <param name="rotation">Mixes features.</param>
    public RowWorkspace(int features, int count, Rotation rotation)
    {
        (_features, _count, _rotation) = (features, count, rotation);
        _padded = (features + 15) / 16 * 16;
        int paddedCount = (Rows * count) + 15;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)((((2 * Rows) + 3) * (long)_padded) + paddedCount) * sizeof(float), 64);
        _products = _memory;
        _mixed = _products + ((long)Rows * _padded);
        _once = _mixed + ((long)Rows * _padded);
        _signs = _once + _padded;
        _moreSigns = _signs + _padded;
        _coefficients = _moreSigns + _padded;
        new Span<float>(_coefficients, Rows * count).Clear();
        rotation.Signs[0].CopyTo(new Span<float>(_signs, features));
        rotation.Signs[^1].CopyTo(new Span<float>(_moreSigns, features));
    }

    /// <summary>Numbers from one rotated row's first to the next one's.</summary>
    public int Stride => _padded;

    /// <summary>Room for a rotated row of n numbers, which <see cref="AddDecoded"/> rotates back.</summary>
    public float* Mixed(int row) => _mixed + ((long)row * _padded);

    /// <summary>Room for a row's k coefficients.</summary>
    public float* CoefficientsOf(int row) => _coefficients + (row * _count);

    /// <summary>Multiplies the rows of coefficients with the directions (k, n); nothing without directions.</summary>
    public void Multiply(float* basis)
    {
        for (int row = 0; row < Rows && _count > 0; row += DirectionKernel.GroupRows)
            DirectionKernel.Multiply(_coefficients + (row * _count), basis, _count, _features, _products + ((long)row * _features));
    }

    /// <summary>Takes what the directions hold out of a row and rotates the rest into <see cref="Mixed"/>, which is returned.</summary>
    public float* Rotate(float* values, int row)
    {
        float* mixed = Mixed(row), once = _rotation.Rounds == 2 ? _once : mixed;
        RowKernel.SubtractScale(values, ProductsOf(row), _signs, once, _features);
        HadamardKernel.Transform(once, _rotation.Blocks);
        if (_rotation.Rounds == 2)
        {
            for (int place = 0; place < _features; place++) mixed[place] = once[_rotation.Order[place]] * _moreSigns[place];
            HadamardKernel.Transform(mixed, _rotation.Blocks);
        }
        return mixed;
    }

    /// <summary>Rotates <see cref="Mixed"/> back, with what the directions hold, onto a row or out of it.</summary>
    public void AddDecoded(float* target, int row, int sign)
    {
        float* mixed = Mixed(row), once = _rotation.Rounds == 2 ? _once : mixed;
        HadamardKernel.Transform(mixed, _rotation.Blocks);
        if (_rotation.Rounds == 2)
        {
            for (int place = 0; place < _features; place++) once[_rotation.Order[place]] = mixed[place] * _moreSigns[place];
            HadamardKernel.Transform(once, _rotation.Blocks);
        }
        RowKernel.AddDecoded(target, ProductsOf(row), once, _signs, sign, _features);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private float* ProductsOf(int row) => _count == 0 ? null : _products + ((long)row * _features);
}
