namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>A <see cref="Quantizer"/> in fused form: a few rows at a time, each number replaced by its code and back. Belongs to one thread.</summary>
internal abstract unsafe class RowQuantizer : IDisposable
{
    /// <summary>The most rows that are coded at once.</summary>
    public const int GroupRows = 8;

    /// <summary>The kernel of a quantiser, for rows of n numbers; the caller disposes it.</summary>
    public static RowQuantizer For(Quantizer quantizer, int features) => quantizer is Trellis trellis
        ? trellis.Levels switch
        {
            2 => new TrellisKernel<Levels2>(trellis, features),
            4 => new TrellisKernel<Levels4>(trellis, features),
            8 => new TrellisKernel<Levels8>(trellis, features),
            _ => new TrellisKernel<Levels16>(trellis, features),
        }
        : quantizer.Levels == 4 ? new ScalarKernel<Levels4>(features) : new ScalarKernel<Levels16>(features);

    /// <summary>Codes rows.</summary>
    /// <param name="rows">Numbers of deviation 1, which become int32 codes in the same place.</param>
    /// <param name="stride">Numbers from a row's first to the next one's.</param>
    /// <param name="count">Rows, from 1 to <see cref="GroupRows"/>.</param>
    public abstract void Encode(float* rows, int stride, int count);

    /// <summary>Decodes one row.</summary>
    /// <param name="row">Int32 codes, which become numbers in the same place.</param>
    /// <param name="scale">Deviation of the decoded row.</param>
    public abstract void Decode(float* row, float scale);

    public abstract void Dispose();
}
