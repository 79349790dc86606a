namespace LeanTune.Tokenization.Decoders;

/// <summary>Joins tokens with spaces: what a tokenizer without decoder does.</summary>
internal sealed class JoinDecoder : Decoder
{
    public override DecoderRun Start(DecoderRun next) =>
        new TokenMapDecoder((token, isFirst) => isFirst ? token : " " + token, tokensComeInParts: false).Start(next);
}
