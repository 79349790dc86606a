using System.Globalization;
using System.Text.Json;

namespace LeanTune.Data;

/// <summary>Questions with choices: a list of texts, of <c>{text, label}</c>, or an object of two lists, <c>text</c> and <c>label</c>, and which of them is right.</summary>
internal sealed record MultipleChoiceFormat() : RecordFormat(DataFormat.MultipleChoice, ["choices", "answer"], ["question"])
{
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
        if (value.ValueKind == JsonValueKind.Object)
        {
            string[] texts = Texts(value, "text", shown), labels = Texts(value, "label", shown);
            return texts.Length == labels.Length
                ? [.. texts.Zip(labels, (text, label) => (text, (string?)label))]
                : throw new RecordException($"field {shown} has {texts.Length} texts and {labels.Length} labels");
        }

        return [.. record.List("choices").EnumerateArray().Select((choice, i) => choice.ValueKind switch
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

    /// <summary>Which choice is right: said by its label, by its text, or by a number, which counts from 0.</summary>
    private static int Right(RecordView record, string[] texts, string[] labels)
    {
        string answer = record.Plain("answer").Trim();
        int at = Array.IndexOf(labels, answer);
        if (at < 0)
            at = Array.IndexOf(texts, answer);
        if (at < 0 && int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < texts.Length)
            at = index;
        return at >= 0 ? at : throw new RecordException(
            $"field {record.Shown("answer")} is {JsonRecords.Quote(answer)}: expected one of the labels ({string.Join(", ", labels)}), the text of a choice, or a number from 0 to {texts.Length - 1}");
    }
}
