using LeanTune.Cli.Recipes;
using LeanTune.Training;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipePathsTests
{
    [Fact]
    public void Paths_are_found_beside_the_recipe_when_not_in_the_current_directory()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("base"));
        File.WriteAllText(folder.File("books.txt"), "x");
        File.WriteAllText(folder.File("r.yaml"), RecipeText.Minimal);

        FineTuneOptions options = Recipe.Load(folder.File("r.yaml"), []).Resolve();

        options.Model.Path.ShouldBe(folder.File("base"));
        options.Data.Train.ShouldBe(folder.File("books.txt"));
        options.Output.ShouldBe("runs/x");
    }

    [Fact]
    public void A_path_from_the_current_directory_stays_as_it_is_written()
    {
        using TemporaryFolder folder = new();
        string here = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.Path);
        File.WriteAllText(folder.File("r.yaml"), RecipeText.Minimal);

        Recipe.Load(folder.File("r.yaml"), [$"model.path={here}", $"data.train={here}"]).Resolve().Model.Path.ShouldBe(here);
    }

    [Fact]
    public void Every_path_that_leads_nowhere_is_reported_with_its_place_and_neighbour()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("base"));
        File.WriteAllText(folder.File("model.gguf"), "");
        string file = folder.File("r.yaml");
        File.WriteAllText(file, RecipeText.Minimal);

        string[] lines = Should.Throw<RecipeException>(() => Recipe.Load(file, [$"model.path={folder.File("bsae")}"]).Resolve()).Message.Split(Environment.NewLine);
        lines.Length.ShouldBe(2);
        lines[0].ShouldBe($"--set model.path={folder.File("bsae")}: model.path: folder not found (looked for '{folder.File("bsae")}'); did you mean '{folder.File("base")}'?");
        lines[1].ShouldBe($"{file}:4:10: data.train: file or folder not found (looked for '{Path.GetFullPath("books.txt")}' and '{folder.File("books.txt")}')");

        Should.Throw<RecipeException>(() => Recipe.Load(file, ["model.path=model.gguf"]).Resolve()).Message
            .ShouldContain($"model.path: expected a folder; '{folder.File("model.gguf")}' is a file; a GGUF file becomes one with the import command");
    }
}
