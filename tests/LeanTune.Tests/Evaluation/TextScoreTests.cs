using LeanTune.Evaluation;

namespace LeanTune.Tests.Evaluation;

/// <summary>Scores of texts against values worked out by hand and against slower computations.</summary>
public sealed class TextScoreTests
{
    // "police killed the gunman" and "police kill the gunman" share 3 of 4 words, the pair "the gunman", and the subsequence police-the-gunman (Lin 2004, section 3).
    [Fact]
    public void Rouge_of_Lins_example()
    {
        Rouge near = Rouge.Of("police kill the gunman", "police killed the gunman"), far = Rouge.Of("the gunman kill police", "police killed the gunman");
        near.Rouge1.ShouldBe(0.75, 1e-12);
        near.Rouge2.ShouldBe(1 / 3.0, 1e-12);
        near.RougeL.ShouldBe(0.75, 1e-12);
        far.Rouge1.ShouldBe(0.75, 1e-12);
        far.Rouge2.ShouldBe(1 / 3.0, 1e-12);
        far.RougeL.ShouldBe(0.5, 1e-12);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "word")]
    [InlineData("word", "")]
    [InlineData("!?", "word")]
    public void Rouge_of_nothing_is_nothing(string text, string reference) => Rouge.Of(text, reference).ShouldBe(new Rouge(0, 0, 0));

    [Fact]
    public void Rouge_minds_neither_case_nor_signs_and_knows_other_scripts() => Rouge.Of("ΚΑΛΗΜΕΡΑ, Κόσμε!", "καλημερα κόσμε").RougeL.ShouldBe(1);

    [Fact]
    public void The_longest_common_subsequence_is_that_of_a_search_over_all()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        for (int trial = 0; trial < 200; trial++)
        {
            string[] one = Words(random, 8), other = Words(random, 8);
            int longest = Subsets(one).Where(words => IsWithin(words, other)).Max(words => words.Length);
            double expected = longest == 0 ? 0 : 2.0 * longest / (one.Length + other.Length);
            Rouge.Of(string.Join(' ', one), string.Join(' ', other)).RougeL.ShouldBe(expected, 1e-12, $"seed {seed}: {string.Join(' ', one)} / {string.Join(' ', other)}");
        }
    }

    // Papineni et al. 2002, section 2.1: "the" seven times against "The cat is on the mat" has a clipped precision of 2/7 in lower case.
    [Fact]
    public void Bleu_clips_counts_and_multiplies_precisions()
    {
        Bleu bleu = new();
        // Runs in common of 1 to 4 words: 5 of 6, 3 of 5, 2 of 4, 1 of 3; equally long: no penalty.
        bleu.Add("the cat sat on the mat", "the dog sat on the mat");
        bleu.Score().ShouldBe(Math.Pow(5 / 6.0 * 3 / 5 * 2 / 4 * 1 / 3, 0.25), 1e-12);
        Bleu same = new();
        same.Add("It is, in fact, 42.", "It is, in fact, 42.");
        same.Score().ShouldBe(1, 1e-12);
        Bleu none = new();
        none.Add("the the the the the the the", "the cat is on the mat");
        none.Score().ShouldBe(0);
    }

    [Fact]
    public void Bleu_is_of_the_whole_set_and_short_texts_pay()
    {
        Bleu bleu = new();
        bleu.Add("a b c d e", "a b c d e f g");
        bleu.Add("x y z", "x y z");
        // All runs are found (8/8, 6/6, 4/4, 2/2); 8 words against 10.
        bleu.Score().ShouldBe(Math.Exp(1 - (10 / 8.0)), 1e-12);
    }

    [Theory]
    [InlineData("#### (.+)", "half: 24\n#### 1,234", "so #### 1234 ", true)]
    [InlineData("#### (.+)", "#### 1\n#### 2", "#### 2", true)]
    [InlineData("#### (.+)", "72", "#### 72", false)]
    [InlineData(null, "  a  b ", "a b", true)]
    [InlineData(null, "a", "A", false)]
    [InlineData(@"-?\d+", "from 3 to -4", "-4", true)]
    public void Answers_are_found_and_compared(string? pattern, string one, string other, bool same)
    {
        AnswerExtraction extraction = new(pattern);
        AnswerExtraction.Same(extraction.Of(one), extraction.Of(other)).ShouldBe(same);
    }

    [Fact]
    public void A_pattern_without_end_finds_nothing_instead_of_hanging() => new AnswerExtraction("(a+)+$").Of(new string('a', 40) + "!").ShouldBeNull();

    // Right and chosen: a→a, a→b, b→b, b→b, c→a. F1: a 1/2, b 4/5, c 0.
    [Fact]
    public void Class_scores_are_those_worked_out_by_hand()
    {
        ClassScores scores = ClassScores.Of([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("c", "a")]);
        scores.Accuracy.ShouldBe(0.6, 1e-12);
        scores.MacroF1.ShouldBe((0.5 + 0.8 + 0) / 3, 1e-12);
        scores.Classes.Single(c => c.Name == "b").Precision.ShouldBe(2 / 3.0, 1e-12);
        scores.Classes.Single(c => c.Name == "c").Recall.ShouldBe(0);
    }

    private static string[] Words(Random random, int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => ((char)('a' + random.Next(3))).ToString())];

    private static IEnumerable<string[]> Subsets(string[] words) =>
        Enumerable.Range(0, 1 << words.Length).Select(mask => words.Where((_, i) => (mask >> i & 1) == 1).ToArray());

    private static bool IsWithin(string[] words, string[] all)
    {
        int found = 0;
        foreach (string word in all)
            if (found < words.Length && words[found] == word) found++;
        return found == words.Length;
    }
}
