using System.Buffers.Binary;
using System.Text;

namespace LeanTune.Tests.Checkpoints;

/// <summary>Makes safetensors files byte by byte, independent of the writer under test.</summary>
internal static class RawSafetensors
{
    public static byte[] Bytes(string header, byte[] data, long? statedLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, statedLength ?? json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file, 8 + json.Length);
        return file;
    }

    public static string Write(TemporaryFolder folder, string header, byte[] data, string name = "file.safetensors")
    {
        string path = folder.File(name);
        File.WriteAllBytes(path, Bytes(header, data));
        return path;
    }

    /// <summary>One tensor "x" over all of the data.</summary>
    public static string Single(string dtype, string shape, int bytes) =>
        $$$"""{"x":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":[0,{{{bytes}}}]}}""";
}
