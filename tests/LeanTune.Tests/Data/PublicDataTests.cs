using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Data sets as they are published are read by options alone.</summary>
public sealed class PublicDataTests
{
    [Fact]
    public void Gsm8k()
    {
        DataSource source = new() { Path = Repository.SharedOrSkip("data/gsm8k/train.jsonl"), Columns = new Dictionary<string, string> { ["prompt"] = "question", ["completion"] = "answer" } };
        PromptCompletionExample[] read = Read<PromptCompletionExample>(source, 7473);
        read[0].Prompt.ShouldStartWith("Natalia sold clips to 48 of her friends");
        read[0].Completion.ShouldEndWith("#### 72");
    }

    [Fact]
    public void Sst2()
    {
        ClassificationExample[] read = Read<ClassificationExample>(new() { Path = Repository.SharedOrSkip("data/sst2/train.tsv"), Fields = ["label", "text"] }, 6920);
        read.Select(example => example.Label).Distinct().Order().ShouldBe(["0", "1"]);
        read[1].Text.ShouldBe("apparently reassembled from the cutting-room floor of any given daytime soap .");
    }

    [Fact]
    public void Banking77()
    {
        DataSource source = new() { Path = Repository.SharedOrSkip("data/banking77/train.csv"), Columns = new Dictionary<string, string> { ["label"] = "category" } };
        Read<ClassificationExample>(source, 10003).Select(example => example.Label).Distinct().Count().ShouldBe(77);
    }

    [Fact]
    public void Clinc150()
    {
        DataSource source = new() { Path = Repository.SharedOrSkip("data/clinc150/data_full.json"), Key = "train", Fields = ["text", "label"] };
        Read<ClassificationExample>(source, 15000).Select(example => example.Label).Distinct().Count().ShouldBe(150);
    }

    [Fact]
    public void E2e()
    {
        string path = Repository.SharedOrSkip("data/e2e/valid.txt");
        int lines = File.ReadLines(path).Count(line => !string.IsNullOrWhiteSpace(line));
        PromptCompletionExample[] read = Read<PromptCompletionExample>(new() { Path = path, Separator = "||", Fields = ["prompt", "completion"] }, lines);
        read[0].Prompt.ShouldBe("name : Alimentum | area : city centre | family friendly : no");
    }

    [Fact]
    public void Nl2bash()
    {
        string folder = Repository.SharedOrSkip("data/nl2bash");
        DataSource source = new() { Path = Path.Combine(folder, "all.nl"), Beside = [Path.Combine(folder, "all.cm")], Fields = ["prompt", "completion"] };
        PromptCompletionExample[] read = Read<PromptCompletionExample>(source, 12607);
        read[0].Completion.ShouldBe("top -b -d2 -s1 | sed -e '1,/USERNAME/d' | sed -e '1,/^$/d'");
    }

    private static T[] Read<T>(DataSource source, int count)
        where T : Example
    {
        T[] read = [.. ExampleReader.Read(source).Cast<T>()];
        read.Length.ShouldBe(count);
        return read;
    }
}
