using System.Buffers;

namespace LeanTune.Data;

/// <summary>Streams a plain text file by paragraphs, runs of lines between blank ones, or as one whole.</summary>
internal static class ParagraphReader
{
    /// <param name="path">The file.</param>
    /// <param name="name">Name of the record's one field.</param>
    /// <param name="wholeFile">Whether the whole file, every character of it, is one record.</param>
    public static IEnumerable<RawRecord> Read(string path, string name, bool wholeFile)
    {
        using var rows = new RowWriter([name]);
        if (wholeFile)
        {
            if (ReadFile(path, rows) is { } whole)
                yield return whole;
            yield break;
        }

        using var lines = new LineReader(path);
        var text = new ArrayBufferWriter<byte>();
        while (TryReadParagraph(lines, path, rows, text, out RawRecord record))
            yield return record;
    }

    private static bool TryReadParagraph(LineReader lines, string path, RowWriter rows, ArrayBufferWriter<byte> text, out RawRecord record)
    {
        record = default;
        text.ResetWrittenCount();
        int first = 0;
        bool tooLong = false;
        while (lines.TryRead(out ReadOnlySpan<byte> line, out bool lineTooLong))
        {
            if (!lineTooLong && PlainText.IsBlank(line))
            {
                if (first > 0)
                    break;
                continue;
            }

            if (first == 0)
                first = lines.Line;
            else
                text.Write("\n"u8);
            tooLong |= lineTooLong || text.WrittenCount + line.Length > LineReader.LongestLine;
            if (tooLong)
                text.ResetWrittenCount();
            else
                text.Write(line);
        }

        if (first == 0)
            return false;
        var place = new RecordPlace(path, first);
        record = tooLong
            ? RawRecord.Bad(place, $"the paragraph is longer than {LineReader.LongestLine >> 20} MiB")
            : Record(place, text.WrittenSpan, rows, "of the paragraph");
        return true;
    }

    private static RawRecord? ReadFile(string path, RowWriter rows)
    {
        using Stream file = DataFiles.Open(path);
        byte[] bytes = new byte[1 << 16];
        int filled = 0;
        for (int read; (read = file.Read(bytes, filled, bytes.Length - filled)) > 0;)
        {
            filled += read;
            if (filled > LineReader.LongestLine)
                throw new DataException($"{path}: is longer than {LineReader.LongestLine >> 20} MiB, too long for one record; read it by lines, paragraphs or windows");
            if (filled == bytes.Length)
                Array.Resize(ref bytes, bytes.Length * 2);
        }

        ReadOnlySpan<byte> text = bytes.AsSpan(0, filled);
        text = text[ByteOrderMark.Skip(text, path)..];
        return text.IsEmpty ? null : Record(new RecordPlace(path, 1), text, rows, "of the file");
    }

    private static RawRecord Record(RecordPlace place, ReadOnlySpan<byte> text, RowWriter rows, string where)
    {
        try
        {
            PlainText.Require(text, where);
        }
        catch (RecordException bad)
        {
            return RawRecord.Bad(place, bad.Message);
        }

        rows.Begin();
        rows.Add(0, text);
        return new RawRecord(place, rows.End());
    }
}
