using System.Text.Json;
using CsCheck;
using LeanTune.Data;
using Parquet;
using Parquet.Serialization;

namespace LeanTune.Tests.Data;

/// <summary>Nested rows written by the library's own writer come back as JSON writes the same objects.</summary>
public sealed class ParquetTests
{
    [Fact]
    public void Rows_with_lists_groups_and_nulls_are_put_together_again()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("rows.parquet");
        Gen<string?> text = Gen.OneOf(Gen.Const((string?)null), Gen.String[Gen.Char['a', 'é'], 0, 5].Select(s => (string?)s));
        Gen<Turn> turn = Gen.Select(text, Gen.Int.Nullable(), text.List[0, 3]).Select((said, number, parts) => new Turn { Said = said, Number = number, Parts = parts });
        Gen<Row> row = Gen.Select(text, Gen.Double[-1e3, 1e3].Nullable(), Gen.Bool, turn.List[0, 3].Null(), Gen.Long, text.List[0, 3].List[0, 3])
            .Select((name, score, flag, turns, id, lists) => new Row { Name = name, Score = score, Flag = flag, Turns = turns, Id = id, Lists = lists });
        row.List[1, 20].Sample(rows =>
        {
            using (FileStream file = File.Create(path))
                ParquetSerializer.SerializeAsync(rows, file, new ParquetOptions { RowGroupSize = 7 }).GetAwaiter().GetResult();
            JsonElement[] read = [.. RecordReader.Read(path, new DataSource { Path = path }).Select(record => record.Fields)];
            read.Length.ShouldBe(rows.Count);
            for (int i = 0; i < rows.Count; i++)
                JsonElement.DeepEquals(read[i], JsonSerializer.SerializeToElement(rows[i])).ShouldBeTrue($"{read[i]} instead of {JsonSerializer.Serialize(rows[i])}");
        }, iter: 200, threads: 1);
    }

    private sealed class Row
    {
        public string? Name { get; set; }

        public double? Score { get; set; }

        public bool Flag { get; set; }

        public List<Turn>? Turns { get; set; }

        public long Id { get; set; }

        public List<List<string?>> Lists { get; set; } = [];
    }

    private sealed class Turn
    {
        public string? Said { get; set; }

        public int? Number { get; set; }

        public List<string?> Parts { get; set; } = [];
    }
}
