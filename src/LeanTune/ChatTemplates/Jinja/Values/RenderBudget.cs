using System.Runtime.CompilerServices;

namespace LeanTune.ChatTemplates.Jinja.Values;

/// <summary>Bounds the work of one rendering, so that no template can run without end or fill the memory.</summary>
internal sealed class RenderBudget
{
    /// <summary>Longest text that a template may make, in characters.</summary>
    public const long LongestText = 1L << 26;

    /// <summary>Most numbers in a range, and most elements that an operator or a filter may put into one list.</summary>
    public const long MostElements = 100_000;

    /// <summary>Most elements of a list that is gathered from other values.</summary>
    public const long MostGathered = 1 << 22;

    /// <summary>Widest whole number, in bits.</summary>
    public const long WidestInteger = 1 << 14;

    private const int DeepestCall = 200;
    // Evaluated nodes, touched elements, and 16 characters copied count one each: about a second.
    private long _left = 20_000_000;
    private int _depth;

    /// <summary>Counts one evaluated node, and makes sure that the thread's stack holds the next one.</summary>
    /// <exception cref="RenderError">Too many were evaluated.</exception>
    /// <exception cref="InsufficientExecutionStackException">The stack is nearly full.</exception>
    public void Step()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Spend(1);
    }

    /// <summary>Counts elements that an operation looks at.</summary>
    public void Spend(long elements)
    {
        if ((_left -= elements) < 0)
            throw new RenderError("the template takes too many steps; it seems to run without end");
    }

    /// <summary>Counts characters that an operation is about to copy into one new text.</summary>
    public void SpendText(long characters)
    {
        CheckLength(characters);
        Spend(characters >> 4);
    }

    /// <summary>Counts what it takes to walk through a value once without looking closely.</summary>
    public void SpendPassing(object? value)
    {
        if (value is string text)
            Spend(text.Length >> 4);
        else if (value is SequenceValue sequence)
            Spend(sequence.Items.Length >> 4);
    }

    /// <summary>Bounds a text that grows piece by piece.</summary>
    public static void CheckLength(long characters)
    {
        if (characters > LongestText)
            throw new RenderError($"a text of more than {LongestText} characters is too long");
    }

    /// <summary>Counts elements that an operation is about to put into one new list.</summary>
    public void SpendList(long elements)
    {
        if (elements > MostElements)
            throw new RenderError($"a list of {elements} elements is too long; at most {MostElements} are allowed");
        Spend(elements);
    }

    /// <summary>Enters the body of a macro or a recursive loop; <see cref="Leave"/> ends it.</summary>
    public void Enter()
    {
        if (++_depth > DeepestCall)
            throw new RenderError($"calls are nested more than {DeepestCall} deep; a macro seems to call itself without end");
    }

    /// <summary>Leaves a body that <see cref="Enter"/> began.</summary>
    public void Leave() => _depth--;
}
