using LeanTune.ChatTemplates.Jinja.Runtime;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Methods of lists and tuples; those that would change a list are not among them.</summary>
internal static class SequenceMethods
{
    private static readonly Method<SequenceValue> s_count = new("count", Parameters.Of(("value", Parameters.Required)), static (run, sequence, values) =>
    {
        run.Budget.Spend(sequence.Items.Length);
        return Boxed.Of((long)sequence.Items.Count(item => Equality.AreEqual(run.Budget, item, values[0])));
    });

    private static readonly Method<SequenceValue> s_index = new("index", Parameters.Of(("value", Parameters.Required)), static (run, sequence, values) =>
    {
        run.Budget.Spend(sequence.Items.Length);
        int at = Array.FindIndex(sequence.Items, item => Equality.AreEqual(run.Budget, item, values[0]));
        return at >= 0 ? Boxed.Of((long)at) : throw new RenderError("the list does not hold the value that index() looks for");
    });

    private static readonly Method<SequenceValue> s_copy = new("copy", Parameters.None, static (_, sequence, _) => sequence);

    public static Method<SequenceValue>? Find(string name) => name switch
    {
        "count" => s_count,
        "index" => s_index,
        "copy" => s_copy,
        _ => null,
    };
}
