using System.Text.Json.Nodes;

namespace LeanTune.Tests.Tokenization;

/// <summary>Tokenizers made from the trained ones by exchanging one stage, so that stages which no sample has can be compared too.</summary>
internal static class StageVariants
{
    // Name, base tokenizer, part of the file, its new content.
    private static readonly (string Name, string Base, string Part, string Json)[] Variants =
    [
        ("NFD", "byte_bpe", "normalizer", """{"type":"NFD"}"""),
        ("NFKC", "byte_bpe", "normalizer", """{"type":"NFKC"}"""),
        ("NFKD", "byte_bpe", "normalizer", """{"type":"NFKD"}"""),
        ("Lowercase", "byte_bpe", "normalizer", """{"type":"Lowercase"}"""),
        ("StripAccents", "byte_bpe", "normalizer", """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}"""),
        ("Strip both", "byte_bpe", "normalizer", """{"type":"Strip","strip_left":true,"strip_right":true}"""),
        ("Strip right", "byte_bpe", "normalizer", """{"type":"Strip","strip_left":false,"strip_right":true}"""),
        ("Nmt", "byte_bpe", "normalizer", """{"type":"Nmt"}"""),
        ("Prepend", "byte_bpe", "normalizer", """{"type":"Prepend","prepend":"xy"}"""),
        ("Replace regex", "byte_bpe", "normalizer", """{"type":"Replace","pattern":{"Regex":"[aeiou]+(?=\\w)"},"content":"<>"}"""),
        ("Replace string", "byte_bpe", "normalizer", """{"type":"Replace","pattern":{"String":"the"},"content":""}"""),
        ("byte letters before splitting", "byte_bpe", "normalizer", """{"type":"ByteLevel"}"""),
        ("BertNormalizer bare", "byte_bpe", "normalizer", """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":true,"lowercase":false}"""),
        ("BertNormalizer clean", "byte_bpe", "normalizer", """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":null,"lowercase":false}"""),
        ("Precompiled", "byte_bpe", "normalizer", """{"type":"Precompiled","precompiled_charsmap":"$MAP"}"""),
        ("prefix space", "byte_bpe", "pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""),
        ("bytes unsplit", "byte_bpe", "pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}"""),
        ("a split behind bytes", "byte_bpe", "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},{"type":"Punctuation","behavior":"Isolated"}]}"""),
        ("Punctuation Removed", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Punctuation","behavior":"Removed"}""")),
        ("Punctuation Contiguous", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Punctuation","behavior":"Contiguous"}""")),
        ("Punctuation MergedWithPrevious", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""")),
        ("Punctuation MergedWithNext", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Punctuation","behavior":"MergedWithNext"}""")),
        ("Digits in runs", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Digits","individual_digits":false}""")),
        ("WhitespaceSplit", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"WhitespaceSplit"}""")),
        ("Whitespace", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Whitespace"}""")),
        ("BertPreTokenizer", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"BertPreTokenizer"}""")),
        ("CharDelimiterSplit", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"CharDelimiterSplit","delimiter":"e"}""")),
        ("Split string", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithNext","invert":false}""")),
        ("Split emoji", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"String":"👩"},"behavior":"Removed","invert":false}""")),
        ("Split inverted", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"Regex":"\\w+|[^\\w\\s]+"},"behavior":"Removed","invert":true}""")),
        ("Split DeepSeek", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"[一-龥぀-ゟ゠-ヿ]+"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}]}""")),
        ("Split GPT-4o", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}""")),
        ("Split cl100k", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"Regex":"'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s"},"behavior":"Isolated","invert":false}""")),
        ("Split classes", "byte_bpe", "pre_tokenizer", WithBytes("""{"type":"Split","pattern":{"Regex":"(?<=\\d)\\D|^\\P{L}|[\\w\\-]{2,}?|\\x{3042}|\\u30a2|(?>a|ab)c|.$"},"behavior":"Isolated","invert":false}""")),
        ("Metaspace always", "sp_bpe_bytefallback", "pre_tokenizer", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""),
        ("Metaspace never", "unigram", "pre_tokenizer", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}"""),
        ("Metaspace first", "unigram", "pre_tokenizer", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}"""),
        ("Metaspace unsplit", "unigram", "pre_tokenizer", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}"""),
        ("no pre-tokenizer", "byte_bpe", "pre_tokenizer", "null"),
        ("BertProcessing", "wordpiece", "post_processor", """{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}"""),
        ("RobertaProcessing", "wordpiece", "post_processor", """{"type":"RobertaProcessing","sep":["[SEP]",3],"cls":["[CLS]",2],"trim_offsets":true,"add_prefix_space":true}"""),
        ("no post-processor", "wordpiece", "post_processor", "null"),
        ("no decoder", "wordpiece", "decoder", "null"),
        ("WordPiece without clean-up", "wordpiece", "decoder", """{"type":"WordPiece","prefix":"##","cleanup":false}"""),
        ("Metaspace decoder never", "unigram", "decoder", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}"""),
        ("Replace decoder", "wordpiece", "decoder", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"Regex":"^##"},"content":"+"},{"type":"Fuse"},{"type":"Replace","pattern":{"String":"+"},"content":""}]}"""),
        ("Strip decoder", "sp_bpe_bytefallback", "decoder", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""),
        ("bytes then fallback", "byte_bpe", "decoder", """{"type":"Sequence","decoders":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},{"type":"ByteFallback"},{"type":"Strip","content":" ","start":2,"stop":0}]}"""),
        ("fuse_unk", "bpe_added_template", "model.fuse_unk", "true"),
        ("byte fallback without bytes", "bpe_added_template", "model.byte_fallback", "true"),
        ("unknown not fused", "sp_bpe_bytefallback", "model.byte_fallback", "false"),
        ("ignore_merges", "byte_bpe", "model.ignore_merges", "true"),
        ("merges heeded", "llama3_split", "model.ignore_merges", "false"),
        ("Unigram with byte fallback", "unigram", "model.byte_fallback", "true"),
        ("short words only", "wordpiece", "model.max_input_chars_per_word", "4"),
        ("WordLevel", "wordpiece", "model", "$WORDLEVEL"),
    ];

    public static TheoryData<string> Names => [.. Variants.Select(variant => variant.Name)];

    public static JsonNode Make(string name)
    {
        (_, string basis, string part, string json) = Variants.Single(variant => variant.Name == name);
        JsonNode file = JsonNode.Parse(File.ReadAllText(Repository.Fixture($"tokenizers/trained/{basis}.json")))!;
        JsonNode? content = json == "$WORDLEVEL" ? WordLevel(file) : JsonNode.Parse(json.Replace("$MAP", CharacterMap.Sample(), StringComparison.Ordinal));
        string[] path = part.Split('.');
        JsonNode parent = path.Length == 1 ? file : file[path[0]]!;
        parent[path[^1]] = content;
        return file;
    }

    private static JsonObject WordLevel(JsonNode file) =>
        new() { ["type"] = "WordLevel", ["vocab"] = file["model"]!["vocab"]!.DeepClone(), ["unk_token"] = "[UNK]" };

    private static string WithBytes(string stage) =>
        $$"""{"type":"Sequence","pretokenizers":[{{stage}},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
}
