using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace LeanTune.Data;

/// <summary>Walks along the slots of one column of a row group; a slot holds a value, or says by its levels why it does not.</summary>
internal abstract class ParquetColumn : IDisposable
{
    private readonly RawColumnData _data;
    private readonly bool _hasDefinitions, _hasRepetitions;
    private readonly int _slots;
    private readonly string _name;
    private int _slot;
    private string? _problem;

    private ParquetColumn(RawColumnData data, DataField field, int slots)
    {
        (_data, _hasDefinitions, _hasRepetitions) = (data, field.MaxDefinitionLevel > 0, field.MaxRepetitionLevel > 0);
        _name = field.Name;
        _slots = _hasDefinitions ? data.DefinitionLevels.Length : slots;
    }

    public bool AtEnd => _slot == _slots;

    /// <summary>How much of the path to the value is there.</summary>
    public int Definition => _hasDefinitions ? _data.DefinitionLevels[_slot] : 0;

    /// <summary>Which list of the path the slot goes on with; 0 begins a row.</summary>
    public int Repetition => _hasRepetitions ? _data.RepetitionLevels[_slot] : 0;

    /// <summary>Why a value since the last question cannot stand in a record, or null.</summary>
    public string? TakeProblem()
    {
        string? problem = _problem;
        _problem = null;
        return problem;
    }

    /// <summary>Reads a column.</summary>
    public static ParquetColumn Read(ParquetRowGroupReader group, DataField field)
    {
        RawColumnData data = group.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();
        return data switch
        {
            RawColumnData<ReadOnlyMemory<char>> text => new Column<ReadOnlyMemory<char>>(text, field, static (_, json, value) => json.WriteStringValue(value.Span)),
            RawColumnData<ReadOnlyMemory<byte>> bytes => new Column<ReadOnlyMemory<byte>>(bytes, field, WriteBytes),
            RawColumnData<bool> flags => new Column<bool>(flags, field, static (_, json, value) => json.WriteBooleanValue(value)),
            RawColumnData<sbyte> numbers => Whole(numbers, field),
            RawColumnData<byte> numbers => Whole(numbers, field),
            RawColumnData<short> numbers => Whole(numbers, field),
            RawColumnData<ushort> numbers => Whole(numbers, field),
            RawColumnData<int> numbers => Whole(numbers, field),
            RawColumnData<uint> numbers => Whole(numbers, field),
            RawColumnData<long> numbers => Whole(numbers, field),
            RawColumnData<ulong> numbers => new Column<ulong>(numbers, field, static (_, json, value) => json.WriteNumberValue(value)),
            // A float of its own: as a double, 0.1 would gain digits.
            RawColumnData<float> numbers => new Column<float>(numbers, field, WriteFloat),
            RawColumnData<double> numbers => new Column<double>(numbers, field, WriteDouble),
            RawColumnData<decimal> numbers => new Column<decimal>(numbers, field, static (_, json, value) => json.WriteNumberValue(value)),
            RawColumnData<DateTime> times => AsText(times, field),
            RawColumnData<DateOnly> dates => AsText(dates, field),
            RawColumnData<TimeSpan> times => AsText(times, field),
            RawColumnData<TimeOnly> times => AsText(times, field),
            RawColumnData<Guid> ids => AsText(ids, field),
            _ => throw new NotSupportedException($"column '{field.Name}' holds values of a type that is not known ({field.ClrType.Name})"),
        };
    }

    /// <summary>Writes the value of a slot that has one.</summary>
    public abstract void WriteValue(Utf8JsonWriter json);

    /// <summary>Goes to the next slot.</summary>
    public void Move() => _slot++;

    public void Dispose() => _data.Dispose();

    private static Column<T> Whole<T>(RawColumnData<T> data, DataField field)
        where T : struct, IConvertible => new(data, field, static (_, json, value) => json.WriteNumberValue(value.ToInt64(CultureInfo.InvariantCulture)));

    private static Column<T> AsText<T>(RawColumnData<T> data, DataField field)
        where T : struct, IFormattable => new(data, field, static (_, json, value) => json.WriteStringValue(value.ToString(null, CultureInfo.InvariantCulture)));

    /// <summary>Bytes that nothing calls text are text all the same, when they are UTF-8: older writers say no more.</summary>
    private static void WriteBytes(ParquetColumn column, Utf8JsonWriter json, ReadOnlyMemory<byte> value)
    {
        if (Utf8.IsValid(value.Span))
            json.WriteStringValue(value.Span);
        else
            column.WriteNothing(json, "binary data; expected text");
    }

    private static void WriteFloat(ParquetColumn column, Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            column.WriteNothing(json, value.ToString(CultureInfo.InvariantCulture) + "; expected a finite number");
    }

    private static void WriteDouble(ParquetColumn column, Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            column.WriteNothing(json, value.ToString(CultureInfo.InvariantCulture) + "; expected a finite number");
    }

    private void WriteNothing(Utf8JsonWriter json, string found)
    {
        json.WriteNullValue();
        _problem ??= $"column {JsonRecords.Quote(_name)} holds {found}";
    }

    private sealed class Column<T>(RawColumnData<T> data, DataField field, Action<ParquetColumn, Utf8JsonWriter, T> write) : ParquetColumn(data, field, data.Values.Length)
        where T : struct
    {
        private int _value;

        public override void WriteValue(Utf8JsonWriter json) => write(this, json, data.Values[_value++]);
    }
}
