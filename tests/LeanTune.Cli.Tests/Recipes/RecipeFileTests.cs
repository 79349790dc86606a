using System.Text;
using LeanTune.Cli.Recipes;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipeFileTests
{
    [Fact]
    public void Text_is_read_in_every_encoding_that_marks_itself()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("r.yaml");
        foreach (Encoding encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(path, "sample: é 🐋\n", encoding);
            RecipeFile.Read(path).ShouldBe("sample: é 🐋\n", encoding.EncodingName);
        }
    }

    public static TheoryData<byte[], string> NoRecipes => new()
    {
        { [.. "model:\n"u8, 0xff, 0xfe], ":2: is not UTF-8 text" },
        { Encoding.GetEncoding(28591).GetBytes("prompt: é\n"), ":1: is not UTF-8 text" },
        { new UnicodeEncoding(false, false).GetBytes("model: x"), ": holds zero bytes" },
        { [0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 0, 0, 0], ": holds zero bytes" },
        { [0xff, 0xfe, 0x00, 0xd8, 0x20, 0x00], ":1: is not UTF-8 text" },
        { new byte[10_000_000], ": is larger than 1 MiB" },
    };

    [Theory]
    [MemberData(nameof(NoRecipes))]
    public void Bytes_that_are_no_text_are_refused(byte[] bytes, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("r.yaml");
        File.WriteAllBytes(path, bytes);

        Should.Throw<RecipeException>(() => RecipeFile.Read(path)).Message.ShouldStartWith(path + expected);
    }

    [Fact]
    public void A_folder_is_refused_with_the_recipes_in_it()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("b.yaml"), "");
        File.WriteAllText(folder.File("a.yaml"), "");

        Should.Throw<RecipeException>(() => RecipeFile.Read(folder.Path)).Message
            .ShouldBe($"{folder.Path}: is a folder; a recipe is a YAML file, such as a.yaml, b.yaml in it");
    }

    [Fact]
    public void A_missing_file_is_named_in_full_with_the_nearest_that_exists()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("quickstart.yaml"), "");
        string path = folder.File("quikstart.yaml");

        Should.Throw<RecipeException>(() => RecipeFile.Read(path)).Message
            .ShouldBe($"{path}: recipe not found (looked for '{path}'); did you mean '{folder.File("quickstart.yaml")}'?");
        Should.Throw<RecipeException>(() => RecipeFile.Read(folder.File("no/r.yaml"))).Message.ShouldEndWith($"; there is no folder '{folder.File("no")}'");
    }
}
