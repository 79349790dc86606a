using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Several sources make one set: each is handed out as often as its weight says, in an order that resumes, and what is held out is chosen over all of them.</summary>
public sealed class WeightedSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Over_epochs_every_example_comes_as_often_as_its_source_weighs() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.OneOf(0.25, 0.5, 2.0, 3.75), Gen.Int[1, 5], Gen.ULong).Sample((first, second, weight, batchSize, seed) =>
        {
            BatchStream stream = new(Set((first, 1), (second, weight)), batchSize, 0, seed);
            int most = stream.BatchesPerEpoch;
            int[] seen = new int[first + second];
            while (stream.Position.Epoch < 4)
            {
                stream.BatchesPerEpoch.ShouldBeLessThanOrEqualTo(most);
                using Batch batch = stream.Next();
                foreach (int row in BatchStreamTests.Rows(batch))
                    seen[row]++;
            }

            // All these weights make whole passes in four epochs.
            seen[..first].ShouldAllBe(times => times == 4);
            seen[first..].ShouldAllBe(times => times == 4 * weight);
        }, iter: 60, threads: 1);

    [Fact]
    public void A_weighted_stream_goes_on_where_it_stood() => Gen.Select(Gen.Int[0, 40], Gen.ULong).Sample((before, seed) =>
    {
        ExampleSet set = Set((7, 1), (5, 0.4), (3, 2.5));
        BatchStream straight = new(set, 2, 0, seed);
        for (int i = 0; i < before; i++)
            straight.Next().Dispose();
        BatchStream resumed = new(set, 2, 0, seed) { Position = straight.Position };
        for (int i = 0; i < 30; i++)
        {
            using Batch expected = straight.Next(), actual = resumed.Next();
            BatchStreamTests.Rows(actual).ShouldBe(BatchStreamTests.Rows(expected));
        }
    }, iter: 40, threads: 1);

    [Fact]
    public void Epochs_without_a_draw_are_passed_over_and_places_in_them_refused()
    {
        BatchStream stream = new(Set((1, 0.25)), 1, 0, 0);
        stream.Next().Dispose();
        stream.Position.ShouldBe(new DataPosition(4, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => stream.Position = new DataPosition(1, 0));
    }

    [Fact]
    public void Sources_of_any_formats_are_read_in_their_order()
    {
        File.WriteAllText(_folder.File("a.jsonl"), "{\"prompt\": \"aa\", \"completion\": \" bb\"}");
        File.WriteAllText(_folder.File("b.csv"), "text\ncc dd\n");
        File.WriteAllText(_folder.File("c.txt"), "ee ff gg");
        var encoder = new WordEncoder();
        ExampleSet set = ExampleSet.Load([new() { Path = _folder.File("a.jsonl") }, new() { Path = _folder.File("b.csv"), Weight = 2 }, new() { Path = _folder.File("c.txt") }], encoder, 64, appendEndToken: false);

        set.Select(example => encoder.Decode(example.Ids)).ShouldBe(["aa bb", "cc dd", "ee ff gg"]);
        set.Counts.Read.ShouldBe(3);
        new BatchStream(set, 1, 0, 0).BatchesPerEpoch.ShouldBe(4);
    }

    [Fact]
    public void Equal_records_of_different_sources_stay_on_one_side_and_what_is_held_out_has_no_weight()
    {
        for (int source = 0; source < 2; source++)
            File.WriteAllLines(_folder.File($"{source}.jsonl"), Enumerable.Range(0, 60).Select(i => $"{{\"text\": \"word {i}\"}}"));
        ExampleSet set = ExampleSet.Load([new() { Path = _folder.File("0.jsonl") }, new() { Path = _folder.File("1.jsonl"), Weight = 3 }], new WordEncoder(), 64, appendEndToken: false);

        (ExampleSet train, ExampleSet held) = set.Split(0.3);

        held.Count.ShouldBeInRange(12, 60);
        held.Select(example => example.ContentHash()).Intersect(train.Select(example => example.ContentHash())).ShouldBeEmpty();
        new BatchStream(held, 1, 0, 0).BatchesPerEpoch.ShouldBe(held.Count);
        new BatchStream(train, 1, 0, 0).BatchesPerEpoch.ShouldBe(train.Count * 2); // half of it once, half of it three times
    }

    [Fact]
    public void A_weight_changes_the_fingerprint() => Set((2, 1), (2, 2)).Fingerprint().ShouldNotBe(Set((2, 1), (2, 1)).Fingerprint());

    // The first token says which example it is.
    private static ExampleSet Set(params (int Count, double Weight)[] parts)
    {
        TokenizedExample[] examples = [.. Enumerable.Range(0, parts.Sum(part => part.Count)).Select(i => new TokenizedExample([i, 1], [false, true], "memory", i + 1))];
        return new ExampleSet(examples, [], [.. parts.Select(part => new SetPart(part.Count, part.Weight, IsStream: false))]);
    }
}
