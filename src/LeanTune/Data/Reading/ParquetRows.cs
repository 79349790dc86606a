using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace LeanTune.Data;

/// <summary>Puts the rows of one row group together from its columns: lists and groups from repetition and definition levels (Melnik et al., Dremel, VLDB 2010).</summary>
internal sealed class ParquetRows : IDisposable
{
    private readonly IReadOnlyList<Field> _fields;
    private readonly Dictionary<Field, ParquetColumn[]> _below = new(ReferenceEqualityComparer.Instance);
    private readonly long _rows;
    private long _row;

    private ParquetRows(IReadOnlyList<Field> fields, long rows) => (_fields, _rows) = (fields, rows);

    public bool AtEnd => _row == _rows;

    /// <summary>Reads all columns of a row group.</summary>
    public static ParquetRows Read(ParquetRowGroupReader group, ParquetSchema schema)
    {
        var rows = new ParquetRows(schema.Fields, group.RowCount);
        try
        {
            foreach (Field field in schema.Fields)
                rows.Open(field, group);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Writes the next row as an object; a value that is absent is null.</summary>
    /// <returns>Why the row is no record, or null.</returns>
    public string? WriteRow(Utf8JsonWriter json)
    {
        _row++;
        json.WriteStartObject();
        foreach (Field field in _fields)
        {
            json.WritePropertyName(field.Name);
            Write(json, field);
        }

        json.WriteEndObject();
        string? problem = null;
        foreach (Field field in _fields)
            foreach (ParquetColumn column in _below[field])
                problem = column.TakeProblem() ?? problem;
        return problem;
    }

    public void Dispose()
    {
        foreach (ParquetColumn column in _fields.SelectMany(field => _below.GetValueOrDefault(field, [])))
            column.Dispose();
    }

    private ParquetColumn[] Open(Field field, ParquetRowGroupReader group) => _below[field] = field switch
    {
        DataField data => [ParquetColumn.Read(group, data)],
        StructField many => [.. many.Fields.SelectMany(part => Open(part, group))],
        ListField list => Open(list.Item, group),
        MapField map => [.. Open(map.Key, group), .. Open(map.Value, group)],
        _ => throw new NotSupportedException($"column '{field.Name}' is of a kind that is not known"),
    };

    private void Write(Utf8JsonWriter json, Field field)
    {
        if (field is DataField { IsArray: false } data)
            WriteValue(json, _below[field][0], data);
        else if (field is StructField many)
            WriteStruct(json, many);
        else
            WriteRepeated(json, field);
    }

    private static void WriteValue(Utf8JsonWriter json, ParquetColumn column, DataField field)
    {
        if (column.Definition < field.MaxDefinitionLevel)
            json.WriteNullValue();
        else
            column.WriteValue(json);
        column.Move();
    }

    private void WriteStruct(Utf8JsonWriter json, StructField field)
    {
        if (_below[field][0].Definition < field.MaxDefinitionLevel)
        {
            json.WriteNullValue();
            Pass(field);
            return;
        }

        json.WriteStartObject();
        foreach (Field part in field.Fields)
        {
            json.WritePropertyName(part.Name);
            Write(json, part);
        }

        json.WriteEndObject();
    }

    /// <summary>A list, a map, or a column that is repeated without being called a list.</summary>
    private void WriteRepeated(Utf8JsonWriter json, Field field)
    {
        ParquetColumn lead = _below[field][0];
        if (lead.Definition < field.MaxDefinitionLevel - 1)
        {
            json.WriteNullValue();
            Pass(field);
            return;
        }

        json.WriteStartArray();
        // One level below that of an element, the list is there and empty.
        if (lead.Definition < field.MaxDefinitionLevel)
            Pass(field);
        else
            do
                WriteElement(json, field);
            while (!lead.AtEnd && lead.Repetition == field.MaxRepetitionLevel);
        json.WriteEndArray();
    }

    private void WriteElement(Utf8JsonWriter json, Field field)
    {
        switch (field)
        {
            case ListField list:
                Write(json, list.Item);
                break;
            case MapField map:
                json.WriteStartObject();
                json.WritePropertyName("key");
                Write(json, map.Key);
                json.WritePropertyName("value");
                Write(json, map.Value);
                json.WriteEndObject();
                break;
            default:
                WriteValue(json, _below[field][0], (DataField)field);
                break;
        }
    }

    private void Pass(Field field)
    {
        foreach (ParquetColumn column in _below[field])
            column.Move();
    }
}
