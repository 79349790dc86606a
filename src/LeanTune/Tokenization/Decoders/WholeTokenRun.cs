using System.Text;

namespace LeanTune.Tokenization.Decoders;

/// <summary>Base of runs that look at whole tokens: joins a token's parts before handing it to <see cref="Take"/>.</summary>
/// <param name="next">Receives what comes out.</param>
/// <param name="tokensComeInParts">Whether a stage before this one splits tokens over several pushes.</param>
internal abstract class WholeTokenRun(DecoderRun next, bool tokensComeInParts) : DecoderRun
{
    private readonly StringBuilder _token = new();
    private bool _started;

    protected DecoderRun Next => next;

    public sealed override void Push(string text, bool startsToken)
    {
        if (!tokensComeInParts)
        {
            Take(text);
            return;
        }
        if (startsToken)
            TakeJoined();
        _started = true;
        _token.Append(text);
    }

    public sealed override void Flush()
    {
        TakeJoined();
        End();
        next.Flush();
    }

    protected abstract void Take(string text);

    /// <summary>Hands on what <see cref="Take"/> held back.</summary>
    protected virtual void End()
    {
    }

    private void TakeJoined()
    {
        if (_started)
            Take(_token.ToString());
        _token.Clear();
        _started = false;
    }
}
