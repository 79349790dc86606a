using System.Runtime.Intrinsics.X86;

namespace LeanTune.Native;

/// <summary>What the processor does fast, as far as it decides defaults.</summary>
public static class CpuFeatures
{
    /// <summary>Whether bf16 dot products are in hardware (AVX512_BF16 or AMX_BF16): there bf16 products are about twice as fast as fp32, elsewhere slower.</summary>
    public static bool HasBf16Products { get; } = DetectBf16();

    /// <summary>Whether 512-bit vectors are usable.</summary>
    public static bool HasAvx512 { get; } = Avx512F.IsSupported;

    private static bool DetectBf16()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported) return false;
        (int highest, _, _, _) = X86Base.CpuId(0, 0);
        if (highest < 7) return false;
        (int subleaves, _, _, int edx) = X86Base.CpuId(7, 0);
        bool amx = (edx & (1 << 22)) != 0;
        bool avx = subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return avx || amx;
    }
}
