namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>bf16 as its 16 bits.</summary>
internal static class BFloat
{
    /// <summary>The nearest bf16, ties to even.</summary>
    public static ushort FromSingle(float value)
    {
        if (float.IsNaN(value)) return 0x7FC0;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The same number in fp32.</summary>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
