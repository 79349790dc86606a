using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LeanTune.Cli.Recipes;

/// <summary>Turns YAML text into <see cref="RecipeNode"/>s that know where they are written. Only what recipes need: one document, no anchors, no tags.</summary>
internal sealed class RecipeParser
{
    private const int MaxDepth = 16;
    private const int MaxItems = 2_000;

    private readonly string _file;
    private readonly string _text;
    private readonly Parser _parser;

    private RecipeParser(string file, string text)
    {
        _file = file;
        _text = text;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The top-level keys of a recipe.</summary>
    /// <exception cref="RecipeException">The text is no YAML, or uses what recipes do not.</exception>
    public static RecipeMap Parse(string file, string text)
    {
        RecipeNode? root = new RecipeParser(file, text).ReadDocument();
        return root switch
        {
            RecipeMap map => map,
            null or RecipeScalar { IsNull: true } => throw new RecipeException(file, "is empty; a recipe needs at least model, data and output"),
            _ => throw new RecipeException(root.Location, $"expected keys with values, such as 'model:', but found {root.Description}"),
        };
    }

    /// <summary>A value in YAML's flow style, as <c>--set</c> takes it; every location is <paramref name="location"/>.</summary>
    /// <exception cref="RecipeException">The text is no YAML value.</exception>
    public static RecipeNode ParseValue(string location, string text) =>
        new RecipeParser(location, text) { FixedLocation = location }.ReadDocument() ?? new RecipeScalar("", false, location);

    private string? FixedLocation { get; init; }

    private RecipeNode? ReadDocument()
    {
        try
        {
            _parser.Consume<StreamStart>();
            RecipeNode? root = null;
            if (_parser.Accept<DocumentStart>(out _))
            {
                _parser.Consume<DocumentStart>();
                root = ReadNode(0);
                _parser.Consume<DocumentEnd>();
            }
            if (_parser.Accept<DocumentStart>(out DocumentStart? second))
                throw new RecipeException(At(second.Start), "a second document starts here; a recipe is one document");
            return root;
        }
        catch (YamlException e)
        {
            throw Explain(e);
        }
        // The scanner's own bookkeeping trips over some broken text, such as a flow map that is never closed.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw new RecipeException(At(_parser.Current?.Start ?? Mark.Empty), "is not valid YAML somewhere after this place; look for an open bracket or quote");
        }
    }

    private RecipeNode ReadNode(int depth)
    {
        if (_parser.Current is AnchorAlias alias)
            throw new RecipeException(At(alias.Start), $"'*{alias.Value}' refers to an anchor; recipes do not use anchors, write the value out");
        if (_parser.Current is not NodeEvent node)
            throw new RecipeException(At(_parser.Current!.Start), "expected a value");
        if (!node.Anchor.IsEmpty)
            throw new RecipeException(At(node.Start), $"'&{node.Anchor.Value}' is an anchor; recipes do not use anchors, write the value out");
        if (!node.Tag.IsEmpty)
            throw new RecipeException(At(node.Start), $"'{node.Tag.Value}' is a tag; recipes do not use tags, write the value alone");
        if (depth > MaxDepth)
            throw new RecipeException(At(node.Start), $"is nested deeper than {MaxDepth} levels");
        return node switch
        {
            MappingStart => ReadMap(depth),
            SequenceStart => ReadList(depth),
            _ => ReadScalar(),
        };
    }

    private RecipeScalar ReadScalar()
    {
        Scalar scalar = _parser.Consume<Scalar>();
        return new(scalar.Value, scalar.Style is not ScalarStyle.Plain, At(scalar.Start)) { Line = LineOf(scalar.Start) };
    }

    private RecipeList ReadList(int depth)
    {
        SequenceStart start = _parser.Consume<SequenceStart>();
        List<RecipeNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            CheckLength(items.Count, start.Start);
            items.Add(ReadNode(depth + 1));
        }
        return new(items, At(start.Start)) { Line = LineOf(start.Start) };
    }

    private RecipeMap ReadMap(int depth)
    {
        MappingStart start = _parser.Consume<MappingStart>();
        RecipeMap map = new([], At(start.Start)) { Line = LineOf(start.Start) };
        Dictionary<string, string> seen = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            CheckLength(map.Entries.Count, start.Start);
            RecipeNode written = ReadNode(depth + 1);
            if (written is not RecipeScalar { Text.Length: > 0 } key)
                throw new RecipeException(written.Location, $"expected a key before ':'; found {written.Description}");
            if (!seen.TryAdd(key.Text, key.Location))
                throw new RecipeException(key.Location, $"the key '{key.Text}' is there twice; first at {seen[key.Text]}");
            map.Entries.Add(new(key.Text, key.Location, ReadNode(depth + 1)));
        }
        return map;
    }

    private void CheckLength(int items, Mark start)
    {
        if (items >= MaxItems)
            throw new RecipeException(At(start), $"has more than {MaxItems} keys or values; this is not a recipe");
    }

    private RecipeLine? LineOf(Mark mark) => FixedLocation is null ? new(_file, mark.Line) : null;

    private string At(Mark mark) => FixedLocation ?? $"{_file}:{mark.Line}:{mark.Column}";

    // YAML's commonest mistake has the least helpful message, at the start of the section around it.
    private RecipeException Explain(YamlException e)
    {
        string[] lines = _text.Split('\n');
        long last = e.Message.Contains("tab", StringComparison.Ordinal) ? lines.Length : e.End.Line;
        for (long number = e.Start.Line; number <= Math.Min(last, lines.Length); number++)
        {
            string line = lines[number - 1];
            if (line[..^line.TrimStart().Length].Contains('\t', StringComparison.Ordinal))
                return new(FixedLocation ?? $"{_file}:{number}:1", "a tab indents this line; YAML is indented with spaces");
        }
        return new(At(e.Start), $"is not valid YAML: {e.Message.TrimEnd('.')}");
    }
}
