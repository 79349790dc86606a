using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Native;

/// <summary>Room for signal handlers.</summary>
public class SignalStackTests
{
    [Fact]
    public void A_null_reference_can_be_caught_after_a_bf16_product()
    {
        // On a processor with AMX the process ends here without the larger stack.
        int caught = 0;
        Thread thread = new(() =>
        {
            SignalStack.Enlarge();
            using (var scope = NewDisposeScope())
            {
                Tensor matrix = ones(256, 256, ScalarType.BFloat16);
                for (int i = 0; i < 3; i++) matrix.mm(matrix)[0, 0].to(ScalarType.Float32).ToSingle().ShouldBe(256);
            }
            for (int i = 0; i < 100; i++)
                try
                {
                    GC.KeepAlive(Nothing()!.Length);
                }
                catch (NullReferenceException)
                {
                    caught++;
                }
        });
        thread.Start();
        thread.Join();
        caught.ShouldBe(100);
    }

    private static string? Nothing() => Environment.GetEnvironmentVariable("A name that no one sets");
}
