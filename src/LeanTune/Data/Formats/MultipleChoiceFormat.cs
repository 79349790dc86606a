using System.Globalization;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Questions with choices: a list of texts, of <c>{text, label}</c>, or an object of two lists, <c>text</c> and <c>label</c>, and which of them is right.</summary>
internal sealed record MultipleChoiceFormat() : RecordFormat(DataFormat.MultipleChoice, ["choices", "answer"], ["question"])
{
    private const int MostLabelsShown = 8;

    public override IReadOnlyList<string> Signature => ["choices"];

    public override Example Convert(RecordView record, RecordPlace place, DataSource source)
    {
        (string Text, string? Label)[] choices = Choices(record);
        string shown = record.Shown("choices");
        if (choices.Length < 2)
            throw new RecordException($"field {shown} has {choices.Length} of the choices: expected at least 2");
        if (Array.FindIndex(choices, choice => choice.Text.Length == 0) is >= 0 and var empty)
            throw new RecordException($"field {shown}[{empty}] is empty");
        if (choices.GroupBy(choice => choice.Text).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new RecordException($"field {shown} has the choice {JsonRecords.Quote(twice.Key)} twice");
        string[] labels = [.. choices.Select((choice, i) => choice.Label ?? LabelOf(i))];
        if (labels.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new RecordException($"field {shown} has the label {JsonRecords.Quote(same.Key)} twice");
        string[] texts = [.. choices.Select(choice => choice.Text)];
        return new MultipleChoiceExample(texts, labels, Right(record, texts, labels)) { Place = place, Record = record.Fields };
    }

    /// <summary>A, B, … Z, then numbers from 27 on.</summary>
    private static string LabelOf(int index) => index < 26 ? ((char)('A' + index)).ToString() : (index + 1).ToString(CultureInfo.InvariantCulture);

    private static (string Text, string? Label)[] Choices(RecordView record)
    {
        string shown = record.Shown("choices");
        if (!record.TryGet("choices", out JsonElement value))
            value = record.List("choices"); // says what is missing
        if (value.ValueKind == JsonValueKind.String)
            value = record.Parsed("choices");
        if (value.ValueKind == JsonValueKind.Object)
        {
            string[] texts = Texts(value, "text", shown), labels = Texts(value, "label", shown);
            return texts.Length == labels.Length
                ? [.. texts.Zip(labels, (text, label) => (text, (string?)label))]
                : throw new RecordException($"field {shown} has {texts.Length} texts and {labels.Length} labels");
        }

        if (value.ValueKind != JsonValueKind.Array)
            throw new RecordException($"field {shown} must be a list of texts, or an object whose 'text' and 'label' are lists of texts, but is {JsonRecords.Describe(value.ValueKind)}");
        return [.. value.EnumerateArray().Select((choice, i) => choice.ValueKind switch
        {
            JsonValueKind.String => (choice.GetString()!, (string?)null),
            JsonValueKind.Number => (choice.GetRawText(), null),
            JsonValueKind.Object => (MessageParser.Text(choice, "text", $"{shown}[{i}]") ?? throw new RecordException($"{shown}[{i}] has no text"), MessageParser.Text(choice, "label", $"{shown}[{i}]")),
            _ => throw new RecordException($"{shown}[{i}] must be a text, or an object with text and label, but is {JsonRecords.Describe(choice.ValueKind)}"),
        })];
    }

    private static string[] Texts(JsonElement value, string name, string shown) =>
        value.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw new RecordException($"field {shown} must be a list of texts, or an object whose 'text' and 'label' are lists of texts");

    /// <summary>Which choice is right: said by its label, by a number, which counts from 0, or, as text, by the choice itself.</summary>
    private static int Right(RecordView record, string[] texts, string[] labels)
    {
        string shown = record.Shown("answer");
        JsonValueKind kind = record.TryGet("answer", out JsonElement value) ? value.ValueKind : JsonValueKind.Null;
        if (kind is not (JsonValueKind.String or JsonValueKind.Number))
            throw new RecordException(record.Has("answer") ? $"field {shown} must be a text or a number, but is {JsonRecords.Describe(kind)}" : $"field {shown} is missing; {record.Found([record.NameOf("answer")], [])}");
        string answer = record.Plain("answer").Trim();
        int byLabel = Array.IndexOf(labels, answer), byText = kind == JsonValueKind.String ? Array.IndexOf(texts, answer) : -1;
        int byNumber = int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < texts.Length ? index : -1;
        if (byLabel >= 0)
            return byLabel;
        // A cell of a table may be either.
        if (byText >= 0 && byNumber >= 0 && byText != byNumber)
            throw new RecordException($"field {shown} is {JsonRecords.Quote(answer)}, which is both the text of a choice and the number of another: expected a label ({Shown(labels)}), or a number that is no text");
        return byText >= 0 ? byText : byNumber >= 0 ? byNumber : throw new RecordException(
            $"field {shown} is {JsonRecords.Quote(answer)}: expected one of the labels ({Shown(labels)}), the text of a choice, or a number from 0 to {texts.Length - 1}");
    }

    private static string Shown(string[] labels) => string.Join(", ", labels.Take(MostLabelsShown).Select(label => JsonRecords.Quote(label))) + (labels.Length > MostLabelsShown ? ", …" : "");
}
