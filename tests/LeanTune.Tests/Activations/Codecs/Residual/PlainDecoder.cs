using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Decodes in double precision by loops over single numbers, from the description of the format alone.</summary>
internal static class PlainDecoder
{
    private static readonly Dictionary<int, double[]> s_values = new()
    {
        [2] = [0.7979, -0.7979],
        [3] = [0, 1.2240, -1.2240],
        [4] = [0.4528, 1.5104, -0.4528, -1.5104],
        [8] = [0.2451, 0.7560, 1.3439, 2.1519, -0.2451, -0.7560, -1.3439, -2.1519],
        [16] =
        [
            0.1284, 0.3880, 0.6568, 0.9423, 1.2562, 1.6180, 2.0690, 2.7326,
            -0.1284, -0.3880, -0.6568, -0.9423, -1.2562, -1.6180, -2.0690, -2.7326,
        ],
    };

    /// <summary>The decoded matrix: (rows.Population, n) fp64.</summary>
    public static double[,] Decode(ResidualCode code, RowRuns rows, int features, float[][] signs)
    {
        var decoded = new double[rows.Population, features];
        float[]? exact = code.ExactValues?.to(float32).data<float>().ToArray();
        for (int at = 0; at < code.ExactRows.Length; at++)
            for (int column = 0; column < features; column++) decoded[code.ExactRows[at], column] = exact![(at * features) + column];

        int[] coded = [.. rows.ToArray().Except(code.ExactRows)];
        float[] scales = code.Remainder!.Scales.to(float32).data<float>().ToArray();
        byte[] bytes = code.Remainder.Codes.data<byte>().ToArray();
        for (int at = 0; at < coded.Length; at++)
        {
            int length = bytes.Length / coded.Length;
            double[] row = [.. Values(code.Remainder.Layout.Levels, features, bytes.AsSpan(at * length, length)).Select(value => value * scales[at])];
            row = signs.Length == 1 ? Unmix(row, signs[0]) : Unmix(Gathered(Unmix(row, signs[1])), signs[0]);
            double[] along = Along(code, at, coded.Length, features);
            for (int column = 0; column < features; column++) decoded[coded[at], column] = row[column] + along[column];
        }
        return decoded;
    }

    private static double[] Along(ResidualCode code, int at, int coded, int features)
    {
        var sum = new double[features];
        if (code.Directions is not { } directions) return sum;
        float[] basis = directions.Decode().data<float>().ToArray();
        float[] scales = code.Coefficients!.Scales.to(float32).data<float>().ToArray();
        byte[] fine = Bytes(code.Coefficients.Fine), coarse = Bytes(code.Coefficients.Coarse);
        double[] coefficients =
        [
            .. Values(16, directions.Fine, fine.AsSpan(at * fine.Length / coded, fine.Length / coded)),
            .. Values(4, directions.Count - directions.Fine, coarse.AsSpan(at * coarse.Length / coded, coarse.Length / coded)),
        ];
        for (int k = 0; k < coefficients.Length; k++)
            for (int column = 0; column < features; column++) sum[column] += coefficients[k] * scales[k] * basis[(k * features) + column];
        return sum;
    }

    private static byte[] Bytes(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.data<byte>().ToArray();

    /// <summary>Code 8s + i of a full group is digit s of word i; a shorter group at the end is laid out alike with fewer words.</summary>
    private static double[] Values(int levels, int count, Span<byte> bytes)
    {
        int digits = levels switch { 2 => 8, 3 => 5, 4 => 4, 8 => 8, _ => 2 }, wordBytes = levels == 8 ? 3 : 1;
        var values = new double[count];
        for (int start = 0, from = 0; start < count; start += 8 * digits)
        {
            int words = Math.Min(8, (count - start + digits - 1) / digits);
            for (int word = 0; word < words; word++)
            {
                int number = 0;
                for (int plane = 0; plane < wordBytes; plane++) number += bytes[from + (plane * words) + word] << (8 * plane);
                for (int digit = 0; digit < digits; digit++, number /= levels)
                    if (start + (digit * words) + word < count) values[start + (digit * words) + word] = s_values[levels][number % levels];
            }
            from += words * wordBytes;
        }
        return values;
    }

    /// <summary>Blocks of 64, then the largest powers of two that fit; entry (i, j) of a block is −1 where i and j share an odd number of bits.</summary>
    private static double[] Unmix(double[] row, float[] signs)
    {
        var mixed = new double[row.Length];
        for (int start = 0, size; start < row.Length; start += size)
        {
            size = 64;
            while (size > row.Length - start) size /= 2;
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++) mixed[start + i] += int.PopCount(i & j) % 2 == 0 ? row[start + j] : -row[start + j];
                mixed[start + i] *= signs[start + i];
            }
        }
        return mixed;
    }

    /// <summary>Back from the order by place in a block.</summary>
    private static double[] Gathered(double[] row)
    {
        int stride = 64;
        while (stride > row.Length) stride /= 2;
        var gathered = new double[row.Length];
        int place = 0;
        for (int residue = 0; residue < stride; residue++)
            for (int feature = residue; feature < row.Length; feature += stride) gathered[feature] = row[place++];
        return gathered;
    }
}
