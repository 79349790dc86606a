using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Decides on the format of a file at the first record whose fields tell, and remembers which fields no one reads.</summary>
internal sealed class FormatDetector(DataSource source)
{
    private const int MostUnusedShown = 20;

    private static readonly RecordFormat[] Formats =
    [
        new PromptCompletionFormat(), new TextFormat(), new MessagesFormat(), new SharegptFormat(), new AlpacaFormat(), new ClassificationFormat(), new MultipleChoiceFormat(), new PreferenceFormat(),
    ];

    private readonly List<string> _unused = [];
    private string[]? _read;
    private RecordPlace? _decidedAt;

    /// <summary>Every field that some format reads.</summary>
    public static IReadOnlyCollection<string> KnownFields { get; } = [.. Formats.SelectMany(format => format.Read).Distinct()];

    /// <summary>The format: the one that was asked for, or that of the first record that told; null before it.</summary>
    public RecordFormat? Format { get; private set; } = source is { HasTemplate: true, Format: DataFormat.PromptCompletion }
        ? new TemplateFormat(source)
        : Formats.FirstOrDefault(format => format.Format == source.Format);

    /// <summary>Fields that records held and no one reads, the first few.</summary>
    public IReadOnlyList<string> Unused => _unused;

    /// <summary>Makes an example of a record.</summary>
    /// <exception cref="RecordException">The record cannot be used.</exception>
    public Example Convert(RawRecord raw)
    {
        var record = new RecordView(raw.Fields, source.Columns);
        if (Format is not null)
            RequireSameFormat(record, Format);
        Format ??= Decide(record, raw.Place);
        Example example = Format.Convert(record, raw.Place, source);
        NoteUnused(record);
        return example;
    }

    private RecordFormat Decide(RecordView record, RecordPlace place)
    {
        RecordFormat[] matching = [.. Formats.Where(format => format.Signature.Any(record.Has))];
        // Fields that a richer format reads beside its own do not make a format of their own.
        matching = [.. matching.Where(format => !matching.Any(richer => richer != format && IsPartOf(format, richer, record)))];
        if (source.HasTemplate && !(matching is [ClassificationFormat] && TemplatesFitLabels()))
            return new TemplateFormat(source);
        switch (matching)
        {
            case [var only]:
                _decidedAt = place;
                return only;
            case []:
                throw new RecordException($"expected the fields of a format: {string.Join("; or ", Formats.Select(format => Fields(record, format)))}; " +
                    $"{record.Found([.. Formats.SelectMany(format => format.Required).Select(record.NameOf)], [])}. Where the file names them otherwise, map its columns");
            default:
                throw new RecordException($"holds {Held(record, matching[0])} beside {Held(record, matching[1])}: expected one format a file; set the data format to say which is meant");
        }
    }

    /// <summary>Whether a classified text has all that the templates name; else they are for records of other fields that happen to have a label.</summary>
    private bool TemplatesFitLabels() => source.LabelNames.Count > 0
        || Templates().All(ClassificationPrompt.Fields.Contains);

    /// <summary>Fields that the templates name.</summary>
    private IEnumerable<string> Templates() => new[] { source.Prompt, source.Completion }.OfType<string>().SelectMany(template => PromptTemplate.Parse(template).Fields);

    /// <summary>Whether the fields by which a format shows are ones that a richer one, which is all there, reads too.</summary>
    private static bool IsPartOf(RecordFormat format, RecordFormat richer, RecordView record) =>
        richer.Required.All(record.Has) && format.Signature.Where(record.Has).All(richer.Read.Contains);

    /// <summary>Names the line that decided, when a record is of another format altogether.</summary>
    private void RequireSameFormat(RecordView record, RecordFormat format)
    {
        if (_decidedAt is not { } at || format.Signature.Any(record.Has))
            return;
        string first = format.Signature[0];
        throw new RecordException($"field {record.Shown(first)} is missing (the format of this file since {(at.IsRow ? "row" : "line")} {at.Number}); " +
            record.Found([record.NameOf(first)], [.. Formats.SelectMany(other => other.Read).Select(record.NameOf)]));
    }

    private void NoteUnused(RecordView record)
    {
        _read ??= [.. Format!.Read.Concat(Templates()).Select(record.NameOf)];
        foreach (JsonProperty property in record.Fields.EnumerateObject())
        {
            bool known = false;
            foreach (string name in _read)
                known |= property.NameEquals(name);
            foreach (string name in _unused)
                known |= property.NameEquals(name);
            if (!known && _unused.Count < MostUnusedShown)
                _unused.Add(property.Name);
        }
    }

    private static string Fields(RecordView record, RecordFormat format) => format.Format == DataFormat.Classification
        ? $"{record.Shown("text")} and {record.Shown("label")}"
        : string.Join(" and ", format.Required.Select(record.Shown));

    private static string Held(RecordView record, RecordFormat format) => string.Join(" and ", format.Signature.Where(record.Has).Select(record.Shown));
}
