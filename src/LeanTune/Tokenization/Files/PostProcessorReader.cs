using LeanTune.Tokenization.Models;
using LeanTune.Tokenization.PostProcessors;

namespace LeanTune.Tokenization.Files;

/// <summary>Reads the <c>post_processor</c> part of tokenizer.json.</summary>
internal sealed class PostProcessorReader
{
    private readonly Vocabulary _vocabulary;
    private readonly Predicate<int> _isId;
    private readonly Dictionary<string, Func<JsonNode, PostProcessor>> _kinds;

    private PostProcessorReader(Vocabulary vocabulary, Predicate<int> isId)
    {
        _vocabulary = vocabulary;
        _isId = isId;
        _kinds = new(StringComparer.Ordinal)
        {
            ["Sequence"] = ReadSequence,
            ["ByteLevel"] = ReadByteLevel,
            ["TemplateProcessing"] = ReadTemplate,
            ["BertProcessing"] = ReadBert,
            ["RobertaProcessing"] = ReadRoberta,
        };
    }

    /// <summary>The post-processor; one that changes nothing when the file has none.</summary>
    /// <param name="node">The part of the file.</param>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="isId">Whether a number is the id of a token, added or not.</param>
    public static PostProcessor Read(JsonNode node, Vocabulary vocabulary, Predicate<int> isId) =>
        node.IsNull ? new KeepOffsets() : new PostProcessorReader(vocabulary, isId).ReadStage(node);

    private PostProcessor ReadStage(JsonNode node)
    {
        JsonNode type = node.Required("type");
        return _kinds.TryGetValue(type.AsString(), out Func<JsonNode, PostProcessor>? read) ? read(node) : throw type.Unknown("post-processor", type.AsString(), _kinds.Keys);
    }

    private PostProcessorSequence ReadSequence(JsonNode node)
    {
        List<PostProcessor> processors = [];
        bool framed = false;
        foreach (JsonNode item in node.Required("processors").Items())
        {
            PostProcessor processor = ReadStage(item);
            bool frames = processor is not (TrimOffsets or KeepOffsets);
            if (frames && framed)
                throw item.Error("a second stage that places special tokens around the text; there can be one");
            framed |= frames;
            processors.Add(processor);
        }
        return new PostProcessorSequence(processors);
    }

    private PostProcessor ReadByteLevel(JsonNode node) => node["trim_offsets"].AsBoolean(absent: true)
        ? new TrimOffsets(_vocabulary, node["add_prefix_space"].AsBoolean(absent: true))
        : new KeepOffsets();

    private Template ReadTemplate(JsonNode node)
    {
        Dictionary<string, int[]> special = new(StringComparer.Ordinal);
        if (node["special_tokens"] is { IsNull: false } tokens)
            foreach ((string name, JsonNode token) in tokens.Members())
                special[name] = [.. token.Required("ids").Items().Select(ReadId)];
        IReadOnlyList<TemplatePart> pair = node["pair"].IsNull
            ? [new TemplatePart(0, [], 0), new TemplatePart(1, [], 1)]
            : [.. node["pair"].Items().Select(part => ReadPart(part, texts: 2, special))];
        return new Template([.. node.Required("single").Items().Select(part => ReadPart(part, texts: 1, special))], pair);
    }

    private static TemplatePart ReadPart(JsonNode node, int texts, Dictionary<string, int[]> special)
    {
        if (node["Sequence"] is { IsNull: false } text)
        {
            JsonNode id = text.Required("id");
            int index = id.AsString() switch
            {
                "A" => 0,
                "B" when texts == 2 => 1,
                string other => throw id.Unknown("text", other, texts == 2 ? ["A", "B"] : ["A"]),
            };
            return new TemplatePart(index, [], text.Required("type_id").AsCount());
        }
        JsonNode token = node.Required("SpecialToken");
        JsonNode name = token.Required("id");
        return special.TryGetValue(name.AsString(), out int[]? ids)
            ? new TemplatePart(null, ids, token.Required("type_id").AsCount())
            : throw name.Unknown("special token of this template", name.AsString(), special.Keys);
    }

    private WhenAdding ReadBert(JsonNode node)
    {
        int[] cls = ReadNamedId(node.Required("cls"));
        int[] sep = ReadNamedId(node.Required("sep"));
        TemplatePart[] single = [new(null, cls, 0), new(0, [], 0), new(null, sep, 0)];
        return new WhenAdding(new Template(single, [.. single, new(1, [], 1), new(null, sep, 1)]));
    }

    private PostProcessorSequence ReadRoberta(JsonNode node)
    {
        int[] cls = ReadNamedId(node.Required("cls"));
        int[] sep = ReadNamedId(node.Required("sep"));
        TemplatePart[] single = [new(null, cls, 0), new(0, [], 0), new(null, sep, 0)];
        WhenAdding frame = new(new Template(single, [.. single, new(null, sep, 0), new(1, [], 0), new(null, sep, 0)]));
        return new PostProcessorSequence([ReadByteLevel(node), new OneType(), frame]);
    }

    // A pair of a token's text and its id.
    private int[] ReadNamedId(JsonNode node)
    {
        JsonNode[] parts = [.. node.Items()];
        return parts.Length == 2 ? [ReadId(parts[1])] : throw node.Error("expected [token, id]");
    }

    private int ReadId(JsonNode node)
    {
        int id = node.AsCount();
        return _isId(id) ? id : throw node.Error($"no token has the id {id}");
    }
}
