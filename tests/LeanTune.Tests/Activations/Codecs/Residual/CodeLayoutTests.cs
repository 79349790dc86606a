using CsCheck;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>Codes in bytes: nothing is lost, nothing is wasted.</summary>
public class CodeLayoutTests
{
    [Fact]
    public void Packing_and_unpacking_return_the_codes() =>
        Gen.Select(Gen.OneOf(Gen.Const(2), Gen.Const(4), Gen.Const(8), Gen.Const(16)), Gen.Int[0, 200], Gen.Int[1, 7], Gen.Int[0, int.MaxValue]).Sample((levels, count, rows, seed) =>
        {
            using var scope = NewDisposeScope();
            CodeLayout layout = new(levels, count);
            Tensor codes = randint(levels, [rows, count], ScalarType.Byte, generator: new Generator((ulong)seed));
            Tensor packed = layout.Pack(codes);
            packed.shape.ShouldBe([rows, layout.RowBytes]);
            layout.Unpack(packed).IsSameAs(codes).ShouldBeTrue();
        }, iter: 300);

    [Theory]
    [InlineData(2, 576, 72)]
    [InlineData(4, 576, 144)]
    [InlineData(8, 576, 216)]
    [InlineData(16, 576, 288)]
    [InlineData(4, 1, 1)]
    [InlineData(8, 9, 6)]
    public void Rows_are_as_short_as_bytes_allow(int levels, int count, int bytes) => new CodeLayout(levels, count).RowBytes.ShouldBe(bytes);

    [Fact]
    public void A_word_is_a_number_whose_digits_are_codes_eight_apart()
    {
        using var scope = NewDisposeScope();
        Tensor codes = zeros(1, 64, ScalarType.Byte);
        codes[0, 3] = (byte)5; // digit 0 of word 3
        codes[0, 19] = (byte)6; // digit 2 of word 3
        byte[] packed = new CodeLayout(8, 64).Pack(codes).data<byte>().ToArray();
        int word = packed[3] + (packed[11] << 8) + (packed[19] << 16);
        word.ShouldBe(5 + (6 * 64));
    }
}
