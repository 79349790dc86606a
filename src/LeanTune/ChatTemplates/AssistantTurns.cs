namespace LeanTune.ChatTemplates;

/// <summary>Which part of a conversation is trained.</summary>
public enum AssistantTurns
{
    /// <summary>Every turn of the assistant.</summary>
    All,

    /// <summary>The assistant's last turn.</summary>
    Last,

    /// <summary>The whole text, whoever speaks; messages' own flags do not count.</summary>
    WholeText,
}
