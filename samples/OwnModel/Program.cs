using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using OwnModel;

const int Steps = 100;
(string Name, IActivationCodec? Codec)[] ways =
[
    ("everything, as autograd does", null),
    ("block inputs, exact", new Exact()),
    ("block inputs, low rank 1/8", new LowRank(RankRule.Parse("1/8"))),
    ("block inputs, residual chain, 2 bits", new ResidualChain(bits: 2)),
];
Console.WriteLine($"| kept for the backward pass | loss after {Steps} steps | kept MB | peak MB |\n|---|---|---|---|");
foreach ((string name, IActivationCodec? codec) in ways)
{
    TrainingResult result = TrainingRun.Run(codec, Steps);
    Console.WriteLine(FormattableString.Invariant($"| {name} | {result.Losses.TakeLast(10).Average():F3} | {result.KeptBytes / 1e6:F1} | {result.PeakBytes / 1e6:F1} |"));
}
