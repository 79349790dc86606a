using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>Gives threads more room for signal handlers, where .NET's is too small for the processor.</summary>
/// <remarks>
/// .NET turns the fault behind a <see cref="NullReferenceException"/> into the exception in a signal handler, which has 16 KiB of stack of its own. On processors
/// with AMX, the kernel puts the registers of a thread that has used it there first: 11 KiB. A thread that has multiplied bf16 matrices could then
/// not catch one such exception: the process ended. (.NET 10 on Linux; <c>getauxval(AT_MINSIGSTKSZ)</c> says what registers take.)
/// </remarks>
internal static unsafe class SignalStack
{
    private const int Size = 128 << 10;

    // From the headers of Linux; the same on x64 and Arm64.
    private const int ReadWrite = 3, NoAccess = 0, PrivateAnonymousStack = 0x20022;

    [ThreadStatic]
    private static bool s_enlarged;

    /// <summary>Enlarges the calling thread's signal stack, once; does nothing where it is not needed or not possible.</summary>
    public static void Enlarge()
    {
        if (s_enlarged || !OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return;
        s_enlarged = true;
        try
        {
            Replace();
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library: its threads keep what .NET gives them.
        }
    }

    private static void Replace()
    {
        byte* memory = (byte*)mmap(null, Size, ReadWrite, PrivateAnonymousStack, -1, 0);
        if ((nint)memory == -1) return;
        // The lowest page is a guard: an overflow faults instead of writing over other memory.
        Stack stack = new() { Start = memory, Size = Size };
        // When the thread ends, .NET unmaps the stack that it finds: this one. The one before is left, since it may be a host's.
        if (mprotect(memory, (nuint)Environment.SystemPageSize, NoAccess) != 0 || sigaltstack(&stack, null) != 0) _ = munmap(memory, Size);
    }

    [DllImport("libc")]
    private static extern void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc")]
    private static extern int mprotect(void* address, nuint length, int protection);

    [DllImport("libc")]
    private static extern int munmap(void* address, nuint length);

    [DllImport("libc")]
    private static extern int sigaltstack(Stack* stack, Stack* old);

    /// <summary>stack_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Stack
    {
        public void* Start;
        public int Flags;
        public nuint Size;
    }
}
