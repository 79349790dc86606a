using System.Reflection;
using Xunit.v3;

namespace LeanTune.Tests.Native;

/// <summary>Tests that read the process's memory run alone, each after the finalizers of all tests before it.</summary>
[CollectionDefinition(nameof(NativeMemoryCollection), DisableParallelization = true)]
public class NativeMemoryCollection;

/// <summary>Lets finalizers free what earlier tests left behind, so that they do not free it in the middle of a measurement.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SettledMemoryAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
