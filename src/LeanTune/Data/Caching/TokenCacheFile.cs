using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LeanTune.Checkpoints;

namespace LeanTune.Data;

/// <summary>One entry of the cache of tokens on disk: a SHA-256, then what it is of.</summary>
/// <remarks>Written aside and renamed: a reader, whichever process it belongs to, finds a whole file or none.</remarks>
internal static class TokenCacheFile
{
    private const int HashBytes = SHA256.HashSizeInBytes, BufferBytes = 1 << 16;

    /// <summary>Writes an entry, replacing one that is there.</summary>
    /// <exception cref="IOException">The file cannot be written, or another process is writing it.</exception>
    public static void Write(string path, string key, CachedSource source) => AtomicFile.Write(path, stream =>
    {
        stream.Write(new byte[HashBytes]); // takes its place at the end
        using var sha = SHA256.Create();
        using (var hashing = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(hashing, BufferBytes))
        using (var writer = new BinaryWriter(buffered))
            Write(writer, key, source);
        stream.Position = 0;
        stream.Write(sha.Hash!);
    });

    /// <summary>Reads an entry.</summary>
    /// <returns>The entry; null when the file is not what was written under this key.</returns>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static CachedSource? Read(string path, string key)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes);
        byte[] expected = new byte[HashBytes];
        if (stream.ReadAtLeast(expected, HashBytes, throwOnEndOfStream: false) < HashBytes || !SHA256.HashData(stream).AsSpan().SequenceEqual(expected))
            return null;
        stream.Position = HashBytes;
        using var reader = new BinaryReader(stream);
        return reader.ReadString() == key ? Read(reader) : null;
    }

    private static void Write(BinaryWriter writer, string key, CachedSource source)
    {
        writer.Write(key);
        writer.Write(source.IsStream);
        WriteAll(writer, source.Notices, writer.Write);
        writer.Write(source.Conversations.Any);
        writer.Write(source.Conversations.WithoutSystem);
        WritePlace(writer, source.Conversations.FirstWithoutSystem);
        WriteAll(writer, source.Dropped, dropped =>
        {
            WritePlace(writer, dropped.Place);
            writer.Write(dropped.Tokens);
        });
        string[] files = [.. source.Examples.Select(example => example.Source).Distinct()];
        Dictionary<string, int> numbers = files.Select((file, i) => (file, i)).ToDictionary(pair => pair.file, pair => pair.i);
        WriteAll(writer, files, writer.Write);
        WriteAll(writer, source.Examples, WriteExample);
        void WriteExample(TokenizedExample example)
        {
            writer.Write7BitEncodedInt(numbers[example.Source]);
            writer.Write7BitEncodedInt(example.Line);
            writer.Write7BitEncodedInt(example.FullLength);
            writer.Write7BitEncodedInt(example.Ids.Length);
            writer.Write(MemoryMarshal.AsBytes<int>(example.Ids));
            int[] runs = [.. Runs(example.Supervised)];
            WriteAll(writer, runs, writer.Write7BitEncodedInt);
            WriteAll(writer, example.WrongAnswers, WriteExample);
        }
    }

    private static CachedSource Read(BinaryReader reader)
    {
        bool isStream = reader.ReadBoolean();
        string[] notices = ReadAll(reader, reader.ReadString);
        var conversations = new ConversationNotes(reader.ReadBoolean(), reader.ReadInt32(), ReadPlace(reader));
        DroppedExample[] dropped = ReadAll(reader, () => new DroppedExample(ReadPlace(reader), reader.ReadInt32()));
        string[] files = ReadAll(reader, reader.ReadString);
        var known = new Dictionary<(int First, int Length), bool[]>();
        return new CachedSource(ReadAll(reader, ReadExample), dropped, isStream, notices, conversations);

        TokenizedExample ReadExample()
        {
            (int file, int line, int full) = (reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt());
            int[] ids = new int[reader.Read7BitEncodedInt()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
            bool[] supervised = Supervised(ReadAll(reader, reader.Read7BitEncodedInt), ids.Length, known);
            return new TokenizedExample(ids, supervised, files[file], line) { FullLength = full, WrongAnswers = ReadAll(reader, ReadExample) };
        }
    }

    /// <summary>How many tokens in a row are no targets, then how many are, and so on.</summary>
    private static IEnumerable<int> Runs(bool[] supervised)
    {
        for (int first = 0, end = 0, kind = 0; first < supervised.Length; first = end, kind ^= 1)
        {
            while (end < supervised.Length && supervised[end] == (kind == 1))
                end++;
            yield return end - first;
        }
    }

    /// <summary>The marks that runs stand for; examples whose targets are one stretch at their end share theirs.</summary>
    private static bool[] Supervised(int[] runs, int length, Dictionary<(int First, int Length), bool[]> known)
    {
        bool isOne = runs.Length == 2;
        if (isOne && known.TryGetValue((runs[0], length), out bool[]? shared))
            return shared;
        bool[] supervised = new bool[length];
        int start = 0;
        for (int i = 0; i < runs.Length; start += runs[i++])
            supervised.AsSpan(start, runs[i]).Fill(i % 2 == 1);
        if (isOne)
            known[(runs[0], length)] = supervised;
        return supervised;
    }

    private static void WritePlace(BinaryWriter writer, RecordPlace place)
    {
        writer.Write(place.File ?? "");
        writer.Write(place.Number);
        writer.Write(place.IsRow);
    }

    private static RecordPlace ReadPlace(BinaryReader reader) => new(reader.ReadString(), reader.ReadInt32(), reader.ReadBoolean());

    private static void WriteAll<T>(BinaryWriter writer, IReadOnlyList<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        foreach (T item in items)
            write(item);
    }

    private static T[] ReadAll<T>(BinaryReader reader, Func<T> read)
    {
        var items = new T[reader.ReadInt32()];
        for (int i = 0; i < items.Length; i++)
            items[i] = read();
        return items;
    }
}
