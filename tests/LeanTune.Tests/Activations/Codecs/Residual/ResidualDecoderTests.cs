using CsCheck;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Decoding against an independent decoder, and against what the encoder said it would be.</summary>
public class ResidualDecoderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Equals_a_decoder_written_from_the_format_alone(bool fused) =>
        Gen.Select(Gen.Int[30, 150], Gen.OneOf(Gen.Int[2, 150], Gen.Const(128)), Gen.OneOf(Gen.Const(2), Gen.Const(4), Gen.Const(8), Gen.Const(16)), Gen.ULong).Sample((tokens, features, levels, seed) =>
        {
            using var scope = NewDisposeScope();
            Tensor matrix = Streams.Update(tokens, features, new Generator(seed));
            RowRuns rows = RowRuns.For(tokens, rand(tokens, generator: new Generator(seed)).lt(0.9));
            using ResidualCode code = ResidualEncoder.Encode(matrix, null, rows, new SeededDraws(seed), new ResidualOptions { Levels = levels, Fused = fused });
            if (code.Whole is not null) return;
            Tensor decoded = zeros(tokens, features);
            ResidualDecoder.AddTo(decoded, code, rows, 1);
            double[,] expected = PlainDecoder.Decode(code, rows, features, ResidualEncoder.RotationFor(code.Directions, features).Signs);
            Errors.Relative(decoded, tensor(expected)).ShouldBeLessThan(1e-6);
        }, iter: 60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_encoder_moves_the_buffer_by_exactly_what_the_decoder_adds(bool fused) =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 200], Gen.ULong).Sample((tokens, features, seed) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(seed);
            Tensor before = randn(tokens, features, generator: generator);
            Tensor matrix = before + Streams.Update(tokens, features, generator);
            Tensor moved = before.clone(), added = before.clone();
            var rows = RowRuns.All(tokens);
            using ResidualCode code = ResidualEncoder.Encode(matrix, moved, rows, new SeededDraws(seed), new ResidualOptions { Fused = fused });
            ResidualDecoder.AddTo(added, code, rows, 1);
            if (fused) moved.IsSameAs(added).ShouldBeTrue();
            else Errors.Relative(moved, added).ShouldBeLessThan(1e-6);
        }, iter: 60);
}
