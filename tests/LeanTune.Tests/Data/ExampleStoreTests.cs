using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Examples read at any place are those that are read in order.</summary>
public sealed class ExampleStoreTests
{
    public static TheoryData<string> Names => GoldenFormatTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Examples_read_backwards_are_those_read_forwards(string name)
    {
        using var folder = new TemporaryFolder();
        string gzipped = folder.File(name + ".gz");
        GoldenRecordTests.Gzip(Repository.Fixture("data/" + name), gzipped);
        DataSource source = GoldenFiles.Source(name);
        Example[] read = [.. ExampleReader.Read(source)];
        using ExampleStore store = ExampleStore.Open([source, source with { Path = gzipped, Weight = 2 }]);
        store.Count.ShouldBe(2 * read.Length);
        for (int i = store.Count - 1; i >= 0; i--)
        {
            Example expected = read[i % read.Length];
            store[i].ContentHash().ShouldBe(expected.ContentHash());
            store[i].GetType().ShouldBe(expected.GetType());
            store[i].Place.ShouldBe(expected.Place with { File = i < read.Length ? source.Path : gzipped });
            store.Hashes[i].ShouldBe(expected.ContentHash());
        }

        IReadOnlyList<WeightedGroup> groups = store.Groups();
        groups.Select(group => group.Weight).ShouldBe([1, 2]);
        groups.SelectMany(group => group.Indices).ShouldBe(Enumerable.Range(0, store.Count));
        store.Groups([.. Enumerable.Range(0, store.Count).Select(i => i == 0)]).Select(group => group.Indices.Count).ShouldBe([1, 0]);
    }

    [Fact]
    public void A_folder_with_records_to_skip_keeps_the_places_of_the_others()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.jsonl"), "{\"text\": \"a\"}\n{\"text\": 1}\n\n{\"text\": \"é\"}\r\n");
        File.WriteAllText(folder.File("b.jsonl"), "\uFEFF{\"text\": \"b\"}");
        using ExampleStore store = ExampleStore.Open([new DataSource { Path = folder.Path, OnError = RecordErrors.Skip }]);
        store.Select(example => (((PlainTextExample)example).Text, Path.GetFileName(example.Place.File), example.Place.Number)).ShouldBe([("a", "a.jsonl", 1), ("é", "a.jsonl", 4), ("b", "b.jsonl", 1)]);
    }

    [Fact]
    public void A_file_that_changes_meanwhile_is_noticed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.jsonl");
        File.WriteAllText(path, "{\"text\": \"a\"}\n{\"text\": \"b\"}\n{\"text\": \"c\"}\n");
        using ExampleStore store = ExampleStore.Open([new DataSource { Path = path }]);
        string print = store.Fingerprint();
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write("{\"text\": \"a\"}\n{\"text\": \"x\"}\n{\"te"u8);
        ((PlainTextExample)store[0]).Text.ShouldBe("a");
        Should.Throw<DataException>(() => store[1]).Message.ShouldBe($"{path}:2: the file was changed while it was in use");
        using ExampleStore other = ExampleStore.Open([new DataSource { Path = path }]);
        other.Fingerprint().ShouldNotBe(print);
    }

    [Fact]
    public void The_temporary_file_goes_with_the_store()
    {
        string[] before = Temporary();
        ExampleStore store = ExampleStore.Open([GoldenFiles.Source("alpaca.csv")]);
        string[] made = [.. Temporary().Except(before)];
        store.Dispose();
        made.Where(File.Exists).ShouldBeEmpty();

        static string[] Temporary() => Directory.GetFiles(Path.GetTempPath(), "leantune-*");
    }
}
