using System.Reflection;
using LeanTune.Native;
using Xunit.v3;

[assembly: LeanTune.Tests.RoomForSignals]

namespace LeanTune.Tests;

/// <summary>Gives each test's thread a larger signal stack, as threads that train have: tests may fault on purpose after other tests' bf16 products.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class RoomForSignalsAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => SignalStack.Enlarge();
}
