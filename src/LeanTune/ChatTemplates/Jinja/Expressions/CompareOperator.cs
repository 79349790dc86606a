namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>Comparing operators.</summary>
internal enum CompareOperator
{
    /// <summary>==</summary>
    Equal,

    /// <summary>!=</summary>
    NotEqual,

    /// <summary>&lt;</summary>
    Less,

    /// <summary>&lt;=</summary>
    LessOrEqual,

    /// <summary>&gt;</summary>
    Greater,

    /// <summary>&gt;=</summary>
    GreaterOrEqual,

    /// <summary>in</summary>
    In,

    /// <summary>not in</summary>
    NotIn,
}
