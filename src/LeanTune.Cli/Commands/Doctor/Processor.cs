using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace LeanTune.Cli.Commands.Doctor;

/// <summary>The processor's name and the features that decide how fast training is.</summary>
internal static class Processor
{
    /// <summary>The name that the processor gives itself; its architecture where it gives none.</summary>
    public static string Name
    {
        get
        {
            if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004)
                return RuntimeInformation.ProcessArchitecture.ToString();
            Span<byte> name = stackalloc byte[48];
            for (int part = 0; part < 3; part++)
            {
                (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(unchecked((int)0x80000002) + part, 0);
                int[] registers = [eax, ebx, ecx, edx];
                for (int i = 0; i < 4; i++)
                    BinaryPrimitives.WriteInt32LittleEndian(name[(part * 16 + i * 4)..], registers[i]);
            }
            return Encoding.ASCII.GetString(name).Trim('\0', ' ');
        }
    }

    /// <summary>Features by the names that compilers give them.</summary>
    public static IEnumerable<(string Name, bool Present)> Features()
    {
        if (!X86Base.IsSupported)
            return [("neon", AdvSimd.IsSupported), ("dotprod", Dp.IsSupported)];
        int edx = Leaf7(0).Edx;
        return
        [
            ("avx2", Avx2.IsSupported),
            ("fma", Fma.IsSupported),
            ("avx512f", Avx512F.IsSupported),
            ("avx512_bf16", Avx512F.IsSupported && (Leaf7(1).Eax & (1 << 5)) != 0),
            ("amx_bf16", (edx & (1 << 22)) != 0),
            ("amx_int8", (edx & (1 << 25)) != 0),
        ];
    }

    private static (int Eax, int Ebx, int Ecx, int Edx) Leaf7(int subleaf)
    {
        bool known = X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= subleaf;
        return known ? X86Base.CpuId(7, subleaf) : default;
    }
}
