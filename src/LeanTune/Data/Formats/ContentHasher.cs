using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Gathers the parts of an example and hashes them; parts cannot run into each other.</summary>
internal sealed class ContentHasher
{
    private readonly ArrayBufferWriter<byte> _content = new();

    /// <summary>Adds a text, or that there is none.</summary>
    public ContentHasher Add(string? text)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_content.GetSpan(4), text is null ? -1 : Encoding.UTF8.GetByteCount(text));
        _content.Advance(4);
        if (text is not null)
            Encoding.UTF8.GetBytes(text, _content);
        return this;
    }

    /// <summary>Adds a JSON value, or that there is none; spacing and escapes do not count, the order of keys does.</summary>
    public ContentHasher Add(JsonElement? value)
    {
        if (value is not { } json)
            return Add(text: null);
        using var writer = new Utf8JsonWriter(_content);
        json.WriteTo(writer);
        writer.Flush();
        return Add("");
    }

    /// <summary>The first 64 bits of the SHA-256.</summary>
    public ulong Finish() => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(_content.WrittenSpan));
}
