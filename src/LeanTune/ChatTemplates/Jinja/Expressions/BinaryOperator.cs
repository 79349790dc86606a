namespace LeanTune.ChatTemplates.Jinja.Expressions;

/// <summary>Arithmetic operators.</summary>
internal enum BinaryOperator
{
    /// <summary>+</summary>
    Add,

    /// <summary>-</summary>
    Subtract,

    /// <summary>*</summary>
    Multiply,

    /// <summary>/</summary>
    Divide,

    /// <summary>//</summary>
    FloorDivide,

    /// <summary>%</summary>
    Modulo,

    /// <summary>**</summary>
    Power,
}
