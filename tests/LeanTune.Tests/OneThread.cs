using System.Runtime.CompilerServices;
using LeanTune.Native;

namespace LeanTune.Tests;

/// <summary>
/// Tests run on one thread of libtorch unless they ask for more: their tensors are tiny, and its worker threads wait for each
/// other by spinning, which on a busy machine costs a hundred times what they save.
/// </summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set()
    {
        OpenMpWaiting.Shorten(); // before libtorch is loaded
        TorchSharp.torch.set_num_threads(1);
    }
}
