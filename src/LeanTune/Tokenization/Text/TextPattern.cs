namespace LeanTune.Tokenization.Text;

/// <summary>What a stage looks for in a text: a string, a regular expression or a class of code points.</summary>
internal abstract class TextPattern
{
    /// <summary>Adds all matches, from left to right, none overlapping another.</summary>
    public abstract void FindMatches(in Piece piece, List<Match> matches);
}
