using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>In which data type a run holds the model's weights.</summary>
internal static class WeightTypes
{
    /// <summary>What the options say; where they leave it open, bf16 for frozen weights on processors that multiply in it, else fp32.</summary>
    public static ScalarType Of(FineTuneOptions options) => options.Model.Dtype switch
    {
        WeightType.Fp32 => ScalarType.Float32,
        WeightType.Bf16 => ScalarType.BFloat16,
        _ => options.Adapter.Method != TrainingMethod.Full && options.Model.Start != WeightStart.Random && CpuFeatures.HasBf16Products ? ScalarType.BFloat16 : ScalarType.Float32,
    };
}
