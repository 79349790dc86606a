namespace LeanTune.Cli.Recipes;

/// <summary>A value of a recipe with the place where it is written, between YAML text and typed options.</summary>
/// <param name="Location"><c>file:line:column</c>, or the <c>--set</c> that gave it.</param>
internal abstract record RecipeNode(string Location)
{
    /// <summary>The line that it starts on; null where it is from no file.</summary>
    public RecipeLine? Line { get; init; }

    /// <summary>What the value is, for messages.</summary>
    public abstract string Description { get; }
}

/// <summary>One text, number, switch or nothing.</summary>
/// <param name="Text">The text without quotes.</param>
/// <param name="Quoted">Whether it was quoted or a block: then it is a text, whatever it looks like.</param>
/// <param name="Location">Where it is written.</param>
internal sealed record RecipeScalar(string Text, bool Quoted, string Location) : RecipeNode(Location)
{
    public bool IsNull => !Quoted && Text is ("" or "~" or "null" or "Null" or "NULL");

    public override string Description => IsNull ? "nothing" : $"'{(Text.Length <= 60 ? Text : Text[..60] + "…")}'";
}

/// <summary>A list of values.</summary>
internal sealed record RecipeList(IReadOnlyList<RecipeNode> Items, string Location) : RecipeNode(Location)
{
    public override string Description => "a list";
}

/// <summary>Keys with their values, in the order of the file; overrides replace entries.</summary>
internal sealed record RecipeMap(List<RecipeEntry> Entries, string Location) : RecipeNode(Location)
{
    public override string Description => "keys with values";

    public RecipeEntry? Find(string key) => Entries.Find(entry => entry.Key == key);

    public void Set(RecipeEntry entry)
    {
        Entries.RemoveAll(old => old.Key == entry.Key);
        Entries.Add(entry);
    }
}

/// <summary>One key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Location">Where the key is written.</param>
/// <param name="Value">The value.</param>
internal sealed record RecipeEntry(string Key, string Location, RecipeNode Value);
