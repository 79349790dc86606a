using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LeanTune.Data;

/// <summary>One example as the model sees it, and which of its tokens it learns to predict.</summary>
/// <param name="Ids">Token ids (T).</param>
/// <param name="Supervised">(T): token t is a target. Never true at 0, which nothing predicts. Not to be changed: examples may share one array.</param>
/// <param name="Source">File it was read from, as the user named it.</param>
/// <param name="Line">Line it starts on, from 1.</param>
public sealed record TokenizedExample(int[] Ids, bool[] Supervised, string Source, int Line)
{
    /// <summary>Tokens before the end was cut off to fit the longest length.</summary>
    public int FullLength { get; init; } = Ids.Length;

    /// <summary>The same prompt with each of the answers that are wrong, where the record names any: for <see cref="Evaluation.ChoiceEvaluation"/>. Never trained.</summary>
    public IReadOnlyList<TokenizedExample> WrongAnswers { get; init; } = [];

    /// <summary>Whether tokens were cut off at the end to fit the longest length.</summary>
    public bool Truncated => FullLength > Ids.Length;

    /// <summary>A number that depends on ids and targets alone: the first 64 bits of a SHA-256.</summary>
    internal ulong ContentHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>(Ids));
        hash.AppendData(MemoryMarshal.AsBytes<bool>(Supervised));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }
}
