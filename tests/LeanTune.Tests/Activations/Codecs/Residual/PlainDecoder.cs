using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Decodes in double precision by loops over single numbers, from the description of the format alone.</summary>
internal static class PlainDecoder
{
    private static readonly Dictionary<int, double[]> s_values = new()
    {
        [4] = [0.4528, 1.5104, -0.4528, -1.5104],
        [16] =
        [
            0.1284, 0.3880, 0.6568, 0.9423, 1.2562, 1.6180, 2.0690, 2.7326,
            -0.1284, -0.3880, -0.6568, -0.9423, -1.2562, -1.6180, -2.0690, -2.7326,
        ],
    };

    // Positive levels of the trellis, of which there are twice as many as codes.
    private static readonly Dictionary<int, double[]> s_magnitudes = new()
    {
        [2] = [0.3490, 1.2020],
        [4] = [0.1921, 0.6001, 1.0695, 1.8671],
        [8] = [0.1054, 0.3002, 0.5254, 0.7507, 1.0156, 1.3306, 1.7735, 2.4697],
        [16] = [0.0566, 0.1539, 0.2679, 0.3712, 0.4892, 0.6019, 0.7261, 0.8513, 0.9909, 1.1381, 1.3085, 1.5049, 1.7490, 2.0509, 2.4464, 3.0494],
    };

    /// <summary>What a row of the trellis's codes stands for: the codes' low bits, each with the three before it, choose the subset of levels.</summary>
    public static double[] Walk(int levels, ReadOnlySpan<int> codes)
    {
        double[] rising = [.. s_magnitudes[levels].Reverse().Select(magnitude => -magnitude), .. s_magnitudes[levels]];
        var values = new double[codes.Length];
        for (int at = 0; at < codes.Length; at++)
        {
            int[] bits = new int[4];
            for (int back = 0; back < 4 && back <= at; back++) bits[back] = codes[at - back] % 2;
            int high = (bits[0] + bits[2] + bits[3]) % 2, low = bits[1];
            values[at] = rising[(4 * (codes[at] / 2)) + (2 * high) + low];
        }
        return values;
    }

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
            int levels = code.Remainder.Layout.Levels;
            int[] codes = Codes(levels, features, bytes.AsSpan(at * length, length));
            double[] row = [.. Walk(levels, codes).Select(value => value * scales[at])];
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
            .. Codes(16, directions.Fine, fine.AsSpan(at * fine.Length / coded, fine.Length / coded)).Select(one => s_values[16][one]),
            .. Codes(4, directions.Count - directions.Fine, coarse.AsSpan(at * coarse.Length / coded, coarse.Length / coded)).Select(one => s_values[4][one]),
        ];
        for (int k = 0; k < coefficients.Length; k++)
            for (int column = 0; column < features; column++) sum[column] += coefficients[k] * scales[k] * basis[(k * features) + column];
        return sum;
    }

    private static byte[] Bytes(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.data<byte>().ToArray();

    /// <summary>Code 8s + i of a full group is digit s of word i; a shorter group at the end is laid out alike with fewer words.</summary>
    private static int[] Codes(int levels, int count, Span<byte> bytes)
    {
        int digits = levels switch { 2 or 8 => 8, 4 => 4, _ => 2 }, wordBytes = levels == 8 ? 3 : 1;
        var codes = new int[count];
        for (int start = 0, from = 0; start < count; start += 8 * digits)
        {
            int words = Math.Min(8, (count - start + digits - 1) / digits);
            for (int word = 0; word < words; word++)
            {
                int number = 0;
                for (int plane = 0; plane < wordBytes; plane++) number += bytes[from + (plane * words) + word] << (8 * plane);
                for (int digit = 0; digit < digits; digit++, number /= levels)
                    if (start + (digit * words) + word < count) codes[start + (digit * words) + word] = number % levels;
            }
            from += words * wordBytes;
        }
        return codes;
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
