using LeanTune.Data;
using LeanTune.Tokenization;

namespace LeanTune.Tests.Data;

/// <summary>The cache of tokens gives back what reading came to, and never anything else.</summary>
public sealed class TokenCacheTests : IDisposable
{
    private const string Template = "{%- for m in messages if m.role != 'system' -%}{{- '<|im_start|>' ~ m.role ~ '\\n' ~ m.content ~ '<|im_end|>\\n' -}}{%- endfor -%}";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notices = [];
    private readonly Tokenizer _tokenizer;
    private readonly CountingEncoder _encoder;
    private DataOptions _data;

    public TokenCacheTests()
    {
        string model = Directory.CreateDirectory(_folder.File("model")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "recipes", "pretrain", "tiny-llama"), "*.json"))
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), Template);
        _tokenizer = Tokenizer.Load(model);
        _encoder = new CountingEncoder(new TokenizerEncoder(_tokenizer));
        File.WriteAllLines(_folder.File("pairs.jsonl"), Enumerable.Range(0, 40).Select(i =>
            $$"""{"prompt": "{{new string('p', 1 + (i * 7 % 60))}} whale {{i}}:", "completion": " ship{{new string('s', i % 5)}} 🐋", "unused": {{i}}}"""));
        _data = new DataOptions { Train = _folder.File("pairs.jsonl"), MaxLength = 24 };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_reading_gives_the_same_examples_notices_and_counts_without_tokenising()
    {
        ExampleSet first = Load();
        string[] said = [.. _notices];
        said.ShouldContain(message => message.Contains("unused", StringComparison.Ordinal));
        said.ShouldContain(message => message.Contains("were cut at the end", StringComparison.Ordinal));
        said.ShouldContain(message => message.Contains("were dropped", StringComparison.Ordinal));
        int texts = _encoder.Texts;
        _notices.Clear();
        ExampleSet second = Load();
        _encoder.Texts.ShouldBe(texts);
        _notices.ShouldBe(said);
        ShouldBeSame(second, first);
        Entries().Length.ShouldBe(1);
    }

    [Fact]
    public void Windows_and_conversations_come_back_with_what_was_noticed_of_them()
    {
        File.WriteAllText(_folder.File("book.txt"), string.Join('\n', Enumerable.Range(0, 80).Select(i => $"Chapter {i}. Call me Ishmael.")));
        _data = _data with { Train = _folder.File("book.txt") };
        ExampleSet windows = Load(), again = Load();
        ShouldBeSame(again, windows);
        again.IsText.ShouldBeTrue();
        ReferenceEquals(again[0].Supervised, again[1].Supervised).ShouldBeTrue(); // as windows are made

        File.WriteAllText(_folder.File("chat.jsonl"), """
            {"messages": [{"role": "user", "content": "What is a gam?"}, {"role": "assistant", "content": "A meeting."}]}
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A gam?"}, {"role": "assistant", "content": "Ships."}, {"role": "user", "content": "More?"}, {"role": "assistant", "content": "No."}]}
            """);
        _data = _data with { Train = _folder.File("chat.jsonl"), MaxLength = 200 };
        ExampleSet chats = Load(out ConversationEncoder fresh), kept = Load(out ConversationEncoder cached);
        ShouldBeSame(kept, chats);
        chats.Count.ShouldBe(2);
        cached.Notes.ShouldBe(fresh.Notes);
        (cached.IsUsed, cached.WithoutSystem, cached.FirstWithoutSystem.Number).ShouldBe((true, 1, 2));
    }

    [Fact]
    public void Wrong_answers_come_back_with_their_question()
    {
        File.WriteAllText(_folder.File("questions.jsonl"), """{"question": "A gam?", "choices": ["A meeting of ships.", "A leg."], "answer": 0}""");
        _data = _data with { Train = _folder.File("questions.jsonl"), MaxLength = 200 };
        ExampleSet first = Load();
        int texts = _encoder.Texts;
        ExampleSet second = Load();
        _encoder.Texts.ShouldBe(texts);
        TokenizedExample wrong = first[0].WrongAnswers.Single(), again = second[0].WrongAnswers.Single();
        wrong.Ids.ShouldNotBe(first[0].Ids);
        again.Ids.ShouldBe(wrong.Ids);
        again.Supervised.ShouldBe(wrong.Supervised);
        (again.Source, again.Line).ShouldBe((wrong.Source, 1));
    }

    [Fact]
    public void Whatever_tokens_depend_on_makes_another_entry()
    {
        Load();
        DataOptions given = _data;
        string model = _folder.File("model");
        // The same length and the same time of change: content alone tells.
        DateTime time = File.GetLastWriteTimeUtc(_folder.File("pairs.jsonl"));
        Changed(() =>
        {
            File.WriteAllText(_folder.File("pairs.jsonl"), File.ReadAllText(_folder.File("pairs.jsonl")).Replace("whale 3:", "whole 3:", StringComparison.Ordinal));
            File.SetLastWriteTimeUtc(_folder.File("pairs.jsonl"), time);
        });
        Changed(() => _data = given with { MaxLength = 25 });
        Changed(() => _data = given with { AppendEndToken = false });
        Changed(() => _data = given with { AssistantTurns = LeanTune.ChatTemplates.AssistantTurns.Last });
        Changed(() => _data = given with { Train = new DataSource { Path = _folder.File("pairs.jsonl"), Completion = "{completion}" } });
        Changed(() => File.WriteAllText(Path.Combine(model, "chat_template.jinja"), Template + " "));
        Changed(() => File.AppendAllText(Path.Combine(model, "tokenizer_config.json"), " "));
        // Weights are no part of it.
        int texts = _encoder.Texts;
        _data = _data with { Train = ((DataSource)_data.Train[0]) with { Weight = 2 } };
        Load();
        _encoder.Texts.ShouldBe(texts);

        void Changed(Action change)
        {
            int before = _encoder.Texts, entries = Entries().Length;
            change();
            Load();
            _encoder.Texts.ShouldBeGreaterThan(before);
            Entries().Length.ShouldBe(entries + 1);
        }
    }

    [Fact]
    public void A_template_that_writes_the_date_has_an_entry_a_day()
    {
        string Key(string template)
        {
            File.WriteAllText(Path.Combine(_folder.File("model"), "chat_template.jinja"), template);
            return new TokenCacheKey(_folder.File("model"), _data).Of(_data.Train[0]).Key;
        }

        string dated = Template + "{{ strftime_now('%d %b') }}";
        Key(dated).ShouldBe(Key(dated));
        Key(dated).ShouldNotBe(Key(dated.Replace("%d", "%m", StringComparison.Ordinal)));
    }

    [Fact]
    public void Damaged_entries_are_told_of_and_made_anew()
    {
        ExampleSet first = Load();
        string entry = Entries().Single();
        byte[] whole = File.ReadAllBytes(entry);
        Random random = new(3);
        List<byte[]> damaged = [[], whole[..20], whole[..^1], [.. whole, 0], new byte[whole.Length]];
        for (int i = 0; i < 10; i++)
        {
            byte[] flipped = [.. whole];
            flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
            damaged.Add(flipped);
        }

        foreach (byte[] bytes in damaged)
        {
            File.WriteAllBytes(entry, bytes);
            _notices.Clear();
            int texts = _encoder.Texts;
            ShouldBeSame(Load(), first);
            _notices.ShouldContain(message => message.Contains("damaged", StringComparison.Ordinal) && message.Contains(entry, StringComparison.Ordinal));
            _encoder.Texts.ShouldBeGreaterThan(texts);
            File.ReadAllBytes(entry).ShouldBe(whole);
        }
    }

    [Fact]
    public void An_entry_under_another_name_is_none()
    {
        Load();
        string entry = Entries().Single();
        _data = _data with { MaxLength = 30 };
        string other = Path.Combine(_folder.File("cache"), new TokenCacheKey(_folder.File("model"), _data).Of(_data.Train[0]).Key + ".tokens");
        File.Copy(entry, other);
        Load().Max(example => example.Ids.Length).ShouldBeGreaterThan(24);
        _notices.ShouldContain(message => message.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void The_least_recently_used_entries_go_when_there_is_no_more_room()
    {
        Load();
        string first = Entries().Single();
        long size = new FileInfo(first).Length;
        File.SetLastWriteTimeUtc(first, DateTime.UtcNow.AddDays(-2));
        _data = _data with { MaxLength = 23 };
        Load();
        string second = Entries().Single(entry => entry != first);
        File.SetLastWriteTimeUtc(second, DateTime.UtcNow.AddDays(-1));
        _data = _data with { MaxLength = 24 };
        Load(); // uses the first
        _data = _data with { MaxLength = 22 };
        Load(maxBytes: (5 * size) / 2);
        Entries().Length.ShouldBe(2);
        File.Exists(first).ShouldBeTrue();
        File.Exists(second).ShouldBeFalse();
        _data = _data with { MaxLength = 21 };
        Load(maxBytes: 10);
        Entries().Length.ShouldBe(2); // what alone is too large is not kept
    }

    [Fact]
    public void Errors_are_not_kept_and_small_sources_are_read_each_time()
    {
        Load(leastBytes: 1 << 20);
        Directory.Exists(_folder.File("cache")).ShouldBeFalse();
        File.AppendAllText(_folder.File("pairs.jsonl"), "{\"prompt\": 3\n");
        Should.Throw<DataException>(() => Load());
        Should.Throw<DataException>(() => Load());
        _data = _data with { Train = _folder.File("absent.jsonl") };
        Should.Throw<DataException>(() => Load()).Message.ShouldContain("absent.jsonl");
        Directory.Exists(_folder.File("cache")).ShouldBeFalse();
    }

    [Fact]
    public void A_folder_that_cannot_be_written_costs_a_word_and_no_more()
    {
        File.WriteAllText(_folder.File("cache"), "in the way");
        Load().Count.ShouldBeGreaterThan(10);
        _notices.ShouldContain(message => message.Contains("cannot be kept", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_at_once_read_the_same()
    {
        ExampleSet first = Load();
        File.Delete(Entries().Single());
        ExampleSet[] sets = new ExampleSet[6];
        Parallel.For(0, sets.Length, i => sets[i] = Read(new TokenizerEncoder(Tokenizer.Load(_folder.File("model"))), _ => { }, conversations: null, maxBytes: 1 << 30, leastBytes: 0));
        foreach (ExampleSet set in sets) ShouldBeSame(set, first);
        Directory.GetFiles(_folder.File("cache")).ShouldBe(Entries()); // nothing half written stays
    }

    private ExampleSet Load(long maxBytes = 1 << 30, long leastBytes = 0) => Read(_encoder, _notices.Add, Conversations(), maxBytes, leastBytes);

    private ExampleSet Load(out ConversationEncoder conversations) => Read(_encoder, _notices.Add, conversations = Conversations(), 1 << 30, 0);

    private ConversationEncoder Conversations() => new(_folder.File("model"), _tokenizer, _data.AssistantTurns);

    private ExampleSet Read(ITextEncoder encoder, Action<string> notice, ConversationEncoder? conversations, long maxBytes, long leastBytes)
    {
        TokenCache cache = new(_folder.File("cache"), new TokenCacheKey(_folder.File("model"), _data), notice) { MaxBytes = maxBytes, LeastBytes = leastBytes };
        return ExampleSet.Load(_data.Train, new ExampleLoader(encoder, _data.MaxLength, _data.AppendEndToken, notice, conversations, cache), _data.MaxLength);
    }

    private string[] Entries() => Directory.Exists(_folder.File("cache")) ? Directory.GetFiles(_folder.File("cache"), "*.tokens") : [];

    private static void ShouldBeSame(ExampleSet actual, ExampleSet expected)
    {
        actual.Fingerprint().ShouldBe(expected.Fingerprint());
        actual.Counts.ShouldBe(expected.Counts);
        actual.Dropped.ShouldBe(expected.Dropped);
        actual.Select(example => (example.Source, example.Line, example.FullLength)).ShouldBe(expected.Select(example => (example.Source, example.Line, example.FullLength)));
    }

    private sealed class CountingEncoder(ITextEncoder encoder) : ITextEncoder
    {
        public int Texts { get; private set; }

        public int? BeginToken => encoder.BeginToken;

        public int? EndToken => encoder.EndToken;

        public EncodedText Encode(string text)
        {
            Texts++;
            return encoder.Encode(text);
        }
    }
}
