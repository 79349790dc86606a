using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using LeanTune.Tests.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>An exception half way through a forward pass leaves no native memory behind, however long the garbage collector waits.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public sealed class FailingSaveTests : IDisposable
{
    private const int Rows = 2048, Width = 512, Rank = 64; // 4 MB a tensor, 0.5 MB of A(x)

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _x, _other, _weight, _matrix;

    public FailingSaveTests()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        (_x, _other) = (randn(Rows, Width).requires_grad_(), randn(Rows, Width).requires_grad_());
        (_weight, _matrix) = (ones(Width).requires_grad_(), randn(Width, Width).requires_grad_());
        _x.DetachFromDisposeScope();
    }

    public static TheoryData<string> Functions => ["gelu", "silu mul, gate", "silu mul, up", "rms norm", "layer norm", "linear", "checkpoint", "checkpoint of rows", "normed sublayer"];

    public void Dispose()
    {
        _x.Dispose();
        _scope.Dispose();
    }

    [Theory, MemberData(nameof(Functions))]
    public void A_codec_that_throws_leaves_nothing(string name)
    {
        SavedBytes saved = new();
        ActivationSaver failing = new(new Throwing(), Context, saved), working = new(new EightBit(), Context, saved);
        IReadOnlyList<RowTile> halves = [new(0, Rows / 2), new(Rows / 2, Rows / 2)];
        IRowSegment segment = RowSegment.Of((rows, _) => rows * 2);
        Func<Tensor> function = name switch
        {
            "gelu" => () => CompressedGelu.Apply(_x, GeluKind.Tanh, failing),
            "silu mul, gate" => () => CompressedSiluMul.Apply(_x, _other, failing, working),
            "silu mul, up" => () => CompressedSiluMul.Apply(_x, _other, working, failing),
            "rms norm" => () => CompressedRmsNorm.Apply(_x, _weight, 1e-5, failing),
            "layer norm" => () => CompressedLayerNorm.Apply(_x, _weight, _weight, 1e-5, failing),
            "linear" => () => CompressedLinear.Apply(_x, _matrix, null, failing),
            "checkpoint" => () => Checkpoint.Run(inputs => inputs[0] * inputs[1], [_other, _x], [new EightBit(), new Throwing()], [Context, Context], saved),
            "checkpoint of rows" => () => Checkpoint.Run(segment, _x, halves, new Throwing(), Context, saved),
            _ => () => NormedSublayer.Run(_x, new RmsNorm(_weight, 1e-5), segment, halves, new Throwing(), Context, NormSave.Normalized, saved),
        };
        LeftBehind(() => Should.Throw<InvalidDataException>(function)).ShouldBeLessThan(200_000);
        saved.Total.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_layer_that_throws_leaves_nothing_of_itself_or_of_those_before_it(bool part)
    {
        // The second layer cannot drop twice of what there is: it throws when the first is done.
        LoraLinear Layer(double dropout) => new("q", _matrix.detach()) { Branch = new LoraBranch(zeros(Rank, Width).requires_grad_(), zeros(Width, Rank).requires_grad_(), 1, dropout) };
        LoraLinear good = Layer(0), bad = Layer(2);
        DropoutMask dropout = new(new SeededDraws(1));
        using SharedActivation kept = SharedActivation.Own(new SharedRows(_x), default);
        LeftBehind(() => Should.Throw<ArgumentOutOfRangeException>(() =>
        {
            if (part) bad.ForwardOutputs(_x, 0, Width / 2, dropout);
            else LoraLinear.Forward(_x, [good, bad], dropout, kept);
        })).ShouldBeLessThan(200_000);
    }

    private static SaveContext Context => new(new ActivationSite(0, ActivationRole.Normalized), new SeededDraws(1));

    /// <summary>Native bytes that three runs leave behind, after one that warms up; objects are kept from the finalizer meanwhile.</summary>
    private static long LeftBehind(Action run)
    {
        run();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.TryStartNoGCRegion(1 << 20);
        long before = ProcessMemory.LiveBytes;
        for (int i = 0; i < 3; i++) run();
        long left = ProcessMemory.LiveBytes - before;
        if (System.Runtime.GCSettings.LatencyMode == System.Runtime.GCLatencyMode.NoGCRegion) GC.EndNoGCRegion();
        return left;
    }

    private sealed class Throwing : IActivationCodec
    {
        public bool Serves(ActivationRole role) => true;

        public SavedActivation Save(Tensor activation, in SaveContext context) => throw new InvalidDataException("cannot keep it");
    }
}
