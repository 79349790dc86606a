using System.Globalization;
using LeanTune.Cli.Display;

namespace LeanTune.Cli.Report;

/// <summary>Figures of a run in words; what is not known is a dash.</summary>
internal static class Figure
{
    private const string Unknown = "–";

    /// <summary>A loss in nats a token: <c>4.8446</c>.</summary>
    public static string Loss(double loss) => double.IsFinite(loss) ? loss.ToString("0.0000", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>Bytes; 0 is not known.</summary>
    public static string Bytes(long bytes) => bytes > 0 ? Units.Bytes(bytes) : Unknown;

    /// <summary>A count or a rate.</summary>
    public static string Count(double count) => double.IsFinite(count) ? Units.Count(count) : Unknown;

    /// <summary>A difference in percent with its sign: <c>+12 %</c>.</summary>
    public static string Change(double share) =>
        double.IsFinite(share) ? (100 * share).ToString(Math.Abs(share) < 0.0995 ? "+0.0;-0.0;0.0" : "+0;-0;0", CultureInfo.InvariantCulture) + " %" : Unknown;
}
