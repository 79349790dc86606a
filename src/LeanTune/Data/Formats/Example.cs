namespace LeanTune.Data;

/// <summary>One example as its author meant it, before templates and tokens: a conversation, a prompt with its completion, plain text, a classified text or a preference.</summary>
public abstract record Example
{
    private protected Example()
    {
    }

    /// <summary>Where it was read.</summary>
    public required RecordPlace Place { get; init; }

    /// <summary>What it is, for people: "conversations".</summary>
    internal abstract string KindName { get; }

    /// <summary>A number that depends on the content alone: equal for the same content in another file, order, file format or spelling of JSON. The first 64 bits of a SHA-256.</summary>
    public ulong ContentHash()
    {
        var content = new ContentHasher();
        AddTo(content);
        return content.Finish();
    }

    private protected abstract void AddTo(ContentHasher content);
}
