using System.Text.Json;
using LeanTune.Cli.Tests.Commands;

namespace LeanTune.Cli.Tests.Recipes;

/// <summary>The recipes for public data sets read them whole, and put each record into the words that the recipe says.</summary>
public class ExampleRecipesTests
{
    // Counts are the data sets' own, and the first records as their files begin.
    [Theory]
    [InlineData("gsm8k", "", 7473, "Question: Natalia sold clips to 48 of her friends", "?\nAnswer:", " Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n")]
    [InlineData("sst2", "", 6920, "Review: a stirring , funny and finally transporting re-imagining", "\nSentiment:", " positive<|endoftext|>")]
    [InlineData("banking77", "", 10003, "Question: I am still waiting on my card?", "\nKind:", " card_arrival<|endoftext|>")]
    [InlineData("clinc150", "", 15100, "what expression would i use to say i love you", "\nLabel:", " translate<|endoftext|>")]
    [InlineData("e2e", "data.train=data/e2e/valid.txt data.validation=data/e2e/test.txt", 4672, "name : Alimentum | area : city centre | family friendly : no", "\n", "There is a place in the city centre")]
    [InlineData("nl2bash", "data.validation_share=0 training.evaluate_every=0", 12607, "# (BSD specific) Display process information twice", "\n", "top -b -d2 -s1 | sed -e '1,/USERNAME/d'")]
    public void A_public_data_set_is_read_whole_and_put_into_words(string name, string sets, int examples, string begins, string promptEnds, string completionBegins)
    {
        using TemporaryFolder folder = new();
        TinyModel.Prepare(folder);
        Repository.SharedOrSkip($"data/{name}");
        // The recipe's own paths, from a folder where data/ is.
        File.Copy(Path.Combine(Repository.Root, "recipes", "examples", name + ".yaml"), folder.File("r.yaml"));
        Directory.CreateSymbolicLink(folder.File("data"), Repository.SharedOrSkip("data"));

        string[] set = [.. sets.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(assignment => new[] { "--set", assignment })];
        ToolRun run = ToolRun.Of(["inspect", "data", folder.File("r.yaml"), "--model", folder.File("base"), "--json", "--examples", "1", .. set]);

        run.Code.ShouldBe(ExitCode.Done, run.Error);
        JsonElement train = JsonElement.Parse(run.Output).GetProperty("train");
        (train.GetProperty("examples").GetInt32() + train.GetProperty("dropped").GetInt32()).ShouldBe(examples);
        (string Text, bool Trained)[] pieces = [.. train.GetProperty("shown")[0].GetProperty("pieces").EnumerateArray()
            .Select(piece => (piece.GetProperty("text").GetString()!, piece.GetProperty("trained").GetBoolean()))];
        pieces.Select(piece => piece.Trained).ShouldBe([false, true]);
        pieces[0].Text.ShouldStartWith(begins);
        pieces[0].Text.ShouldEndWith(promptEnds);
        pieces[1].Text.ShouldStartWith(completionBegins);
        pieces[1].Text.ShouldEndWith("<|endoftext|>");
    }
}
