using System.Diagnostics;
using LeanTune.Cli.Recipes;
using static LeanTune.Cli.Tests.Recipes.RecipeText;

namespace LeanTune.Cli.Tests.Recipes;

public class RecipeParserTests
{
    [Theory]
    [InlineData("", "r.yaml: is empty")]
    [InlineData("\n\n# only a comment\n", "r.yaml: is empty")]
    [InlineData("---\n...\n", "r.yaml: is empty")]
    [InlineData("null", "r.yaml: is empty")]
    [InlineData("hello", "r.yaml:1:1: expected keys with values, such as 'model:', but found 'hello'")]
    [InlineData("- a\n- b", "r.yaml:1:1: expected keys with values, such as 'model:', but found a list")]
    [InlineData("model:\n\tpath: x\n", "r.yaml:2:1: a tab indents this line; YAML is indented with spaces")]
    [InlineData("model:\n  path: \"x\n", "r.yaml:")]
    [InlineData("model: {path: x\noutput: y\n", "r.yaml:")]
    [InlineData("model: a: b\n", "r.yaml:1:9: is not valid YAML: ")]
    [InlineData("model: @x\n", "r.yaml:1:8: is not valid YAML: ")]
    [InlineData("output: a\nmodel:\n  path: x\noutput: b\n", "r.yaml:4:1: the key 'output' is there twice; first at r.yaml:1:1")]
    [InlineData("output: a\n---\noutput: b\n", "r.yaml:2:1: a second document starts here")]
    [InlineData("a: &x 1\nb: *x\n", "r.yaml:1:4: '&x' is an anchor; recipes do not use anchors")]
    [InlineData("a: *x\n", "r.yaml:1:4: '*x' refers to an anchor")]
    [InlineData("a: !!python/object:os.system x\n", "r.yaml:1:4: 'tag:yaml.org,2002:python/object:os.system' is a tag")]
    [InlineData("? [a, b]\n: c\n", "r.yaml:1:3: expected a key before ':'")]
    [InlineData("? {a: b}\n: c\n", "r.yaml:1:3: expected a key before ':'")]
    public void What_is_no_recipe_is_refused_with_its_place(string yaml, string expected) => Refusal(yaml).ShouldStartWith(expected);

    [Fact]
    public void Carriage_returns_and_a_final_line_without_end_make_no_difference() =>
        Bind(Minimal.ReplaceLineEndings("\r\n")).Data.Train.ShouldBe("books.txt");

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Endless_nesting_is_refused_at_once(string opening)
    {
        Stopwatch watch = Stopwatch.StartNew();

        Refusal("a: " + (opening is "- " or "? " ? "\n" : "") + string.Concat(Enumerable.Repeat(opening, 100_000))).ShouldStartWith("r.yaml:");

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(1_900, "… and 1893 more")]
    [InlineData(90_000, "r.yaml:1:1: has more than 2000 keys")]
    public void Very_many_keys_are_refused_at_once(int keys, string expected)
    {
        Stopwatch watch = Stopwatch.StartNew();

        Refusal(string.Concat(Enumerable.Range(0, keys).Select(i => $"k{i}: 1\n"))).ShouldContain(expected);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Damaged_recipes_are_bound_or_refused_and_nothing_else()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        const string Whole = "# c\nmodel: {path: base, dtype: bf16}\ndata:\n  train: \"a\\n\"\nadapter:\n  target_modules:\n    - q_proj\n    - 'v'\nsample:\n  prompt: |\n    two\n    lines\noutput: x\n";
        const string Bits = "\t\n :-[]{}#&*!|>'\"%@`,?~.0a\u0085\ufeff\U0001f40b";
        for (int round = 0; round < 5_000; round++)
        {
            char[] text = Whole.ToCharArray();
            for (int edits = random.Next(1, 6); edits > 0; edits--)
                text[random.Next(text.Length)] = Bits[random.Next(Bits.Length)];
            string damaged = new(text, 0, random.Next(4) == 0 ? random.Next(text.Length) : text.Length);
            try
            {
                Bind(damaged);
            }
            catch (RecipeException e)
            {
                e.Message.ShouldStartWith("r.yaml");
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, round {round}: {damaged}", e);
            }
        }
    }
}
