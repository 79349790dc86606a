using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>
/// The two products of every decomposition, A·B and Aᵀ·B, over the rows of A that take part. A of 16 bits is widened
/// slice by slice, so that sums run in fp32 on every device and nothing of A's full size is ever copied.
/// </summary>
internal static class RowProducts
{
    /// <summary>A widened slice stays near 2 MB, within a core's cache.</summary>
    private const long WidenedSliceElements = 1 << 19;

    /// <summary>The type in which sums run for a matrix of this type.</summary>
    public static ScalarType ComputeType(ScalarType type) => type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>A·B: (m, n) times (n, k) gives (rows.Count, k) in the compute type.</summary>
    public static Tensor Times(Tensor matrix, RowRuns rows, Tensor factor)
    {
        if (matrix.dtype == factor.dtype && rows.Runs is [{ } whole])
            return matrix.narrow(0, whole.Start, whole.Length).mm(factor);
        Tensor product = empty(rows.Count, factor.shape[1], factor.dtype, factor.device);
        foreach (RowRuns.Run slice in Slices(matrix, rows, factor.dtype))
        {
            using Tensor part = matrix.narrow(0, slice.Start, slice.Length);
            using Tensor wide = part.to(factor.dtype);
            using Tensor values = wide.mm(factor);
            using Tensor target = product.narrow(0, slice.Offset, slice.Length);
            target.copy_(values);
        }
        return product;
    }

    /// <summary>Aᵀ·B: (m, n) transposed times (rows.Count, k) gives (n, k) in the compute type.</summary>
    public static Tensor TransposeTimes(Tensor matrix, RowRuns rows, Tensor factor)
    {
        if (matrix.dtype == factor.dtype && rows.Runs is [{ } whole])
            return matrix.narrow(0, whole.Start, whole.Length).t().mm(factor);
        Tensor product = zeros(matrix.shape[1], factor.shape[1], factor.dtype, factor.device);
        foreach (RowRuns.Run slice in Slices(matrix, rows, factor.dtype))
        {
            using Tensor part = matrix.narrow(0, slice.Start, slice.Length);
            using Tensor wide = part.to(factor.dtype);
            using Tensor transposed = wide.t();
            using Tensor other = factor.narrow(0, slice.Offset, slice.Length);
            product.addmm_(transposed, other, 1, 1);
        }
        return product;
    }

    /// <summary>Some columns of the rows that take part: (rows.Count, columns) in the compute type.</summary>
    public static Tensor Columns(Tensor matrix, RowRuns rows, Tensor columns)
    {
        using Tensor all = matrix.index_select(1, columns); // (m, k)
        if (rows.Count == rows.Population) return all.to(ComputeType(matrix.dtype), copy: true);
        Tensor chosen = empty(rows.Count, columns.shape[0], ComputeType(matrix.dtype), matrix.device);
        foreach (RowRuns.Run run in rows.Runs)
        {
            using Tensor source = all.narrow(0, run.Start, run.Length);
            using Tensor target = chosen.narrow(0, run.Offset, run.Length);
            target.copy_(source);
        }
        return chosen;
    }

    /// <summary>For each row that takes part (compact order) 1 when all its entries are finite, else 0.</summary>
    public static byte[] FiniteRows(Tensor matrix, RowRuns rows)
    {
        var finite = new byte[rows.Count];
        foreach (RowRuns.Run slice in Slices(matrix, rows, matrix.dtype))
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            Tensor flags = matrix.narrow(0, slice.Start, slice.Length).isfinite().all(1).to(CPU); // (slice)
            flags.bytes.CopyTo(finite.AsSpan((int)slice.Offset));
        }
        return finite;
    }

    /// <summary>The largest magnitude among the rows that take part, and the sum of squares in units of its square, which cannot overflow.</summary>
    public static (double Largest, double Energy) Energy(Tensor matrix, RowRuns rows)
    {
        double largest = 0, energy = 0;
        foreach (RowRuns.Run slice in Slices(matrix, rows, ScalarType.Float64))
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            Tensor values = matrix.narrow(0, slice.Start, slice.Length).to(ScalarType.Float64);
            double most = values.abs().max().item<double>();
            if (!(most > 0)) continue;
            double norm = values.norm().item<double>() / most;
            double before = largest;
            largest = Math.Max(largest, most);
            energy = (energy * Math.Pow(before / largest, 2)) + Math.Pow(norm * (most / largest), 2);
        }
        return (largest, energy);
    }

    private static List<RowRuns.Run> Slices(Tensor matrix, RowRuns rows, ScalarType target)
    {
        bool widened = matrix.dtype != target;
        long most = widened ? Math.Max(16, WidenedSliceElements / matrix.shape[1]) : long.MaxValue;
        var slices = new List<RowRuns.Run>();
        foreach (RowRuns.Run run in rows.Runs)
            for (long done = 0; done < run.Length; done += most)
                slices.Add(new RowRuns.Run(run.Start + done, Math.Min(most, run.Length - done), run.Offset + done));
        return slices;
    }
}
