namespace LeanTune.Data;

/// <summary>What the fields of a record mean, and so what is trained.</summary>
public enum DataFormat
{
    /// <summary>By the fields of the first record; text files and folders of them are <see cref="Windows"/>.</summary>
    Auto,

    /// <summary>Records with <c>prompt</c> and <c>completion</c>; only the completion is trained.</summary>
    PromptCompletion,

    /// <summary>Records with <c>text</c>; every token is trained.</summary>
    Text,

    /// <summary>Plain text files, cut into windows of the longest length; every token is trained.</summary>
    Windows,

    /// <summary>Conversations as OpenAI writes them: <c>messages</c> with <c>role</c> and <c>content</c>, with or without <c>tools</c>.</summary>
    Messages,

    /// <summary>Conversations as ShareGPT writes them: <c>conversations</c> with <c>from</c> and <c>value</c>.</summary>
    Sharegpt,

    /// <summary>Instructions as Alpaca writes them: <c>instruction</c>, <c>input</c> and <c>output</c>, with or without <c>system</c> and <c>history</c>.</summary>
    Alpaca,

    /// <summary>Records with <c>text</c>, or <c>sentence1</c> and <c>sentence2</c>, and a <c>label</c>.</summary>
    Classification,

    /// <summary>Records with a <c>question</c>, its <c>choices</c>, and which of them is the <c>answer</c>; the right choice is trained.</summary>
    MultipleChoice,

    /// <summary>Records with <c>chosen</c> and <c>rejected</c>, with or without <c>prompt</c>.</summary>
    Preference,
}
