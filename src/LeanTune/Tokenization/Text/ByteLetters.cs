namespace LeanTune.Tokenization.Text;

/// <summary>GPT-2's alphabet of bytes: printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 and on, in order.</summary>
internal static class ByteLetters
{
    private const int None = -1;
    private static readonly char[] Letters = MakeLetters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The letter of a byte.</summary>
    public static char Letter(byte value) => Letters[value];

    /// <summary>The byte of a letter; false for a character that is no byte's letter.</summary>
    public static bool TryGetByte(char letter, out byte value)
    {
        int found = letter < Bytes.Length ? Bytes[letter] : None;
        value = (byte)found;
        return found != None;
    }

    private static char[] MakeLetters()
    {
        char[] letters = new char[256];
        int next = 256;
        for (int value = 0; value < letters.Length; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[value] = printable ? (char)value : (char)next++;
        }
        return letters;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[Letters.Max() + 1];
        Array.Fill(bytes, (short)None);
        for (int value = 0; value < Letters.Length; value++)
            bytes[Letters[value]] = (short)value;
        return bytes;
    }
}
