using LeanTune.Tokenization.Text;

namespace LeanTune.Tokenization.Normalizers;

/// <summary>Drops and replaces single code points.</summary>
/// <param name="map">The code point to write, or <see cref="Dropped"/>.</param>
internal sealed class Filter(Func<int, int> map) : Normalizer
{
    /// <summary>What a map answers for a code point that goes.</summary>
    public const int Dropped = -1;

    public override AlignedText Normalize(AlignedText text)
    {
        Edits edits = new(text);
        for (int i = 0; i < text.Length; i++)
        {
            int mapped = map(text.CodePointAt(i));
            if (mapped == Dropped)
                edits.Remove();
            else
                edits.Replace(mapped);
        }
        return edits.Build();
    }

    /// <summary>Drops all marks.</summary>
    public static Filter StripAccents() => new(codePoint => CodePoints.IsMark(codePoint) ? Dropped : codePoint);

    /// <summary>Drops marks that take no space, as BERT does.</summary>
    public static Filter StripNonSpacingMarks() => new(codePoint => CodePoints.IsNonSpacingMark(codePoint) ? Dropped : codePoint);

    /// <summary>The clean-up of neural translation models: control characters go, odd blanks become spaces.</summary>
    public static Filter Nmt() => new(codePoint => codePoint switch
    {
        (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F => Dropped,
        0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => codePoint,
    });

    /// <summary>BERT's clean-up: control characters go, every blank becomes a space.</summary>
    public static Filter CleanText() => new(codePoint => codePoint switch
    {
        '\t' or '\n' or '\r' => ' ',
        0 or 0xFFFD => Dropped,
        _ when CodePoints.IsControl(codePoint) => Dropped,
        _ when CodePoints.IsWhiteSpace(codePoint) => ' ',
        _ => codePoint,
    });
}
