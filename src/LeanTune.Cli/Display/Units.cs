using System.Globalization;

namespace LeanTune.Cli.Display;

/// <summary>Numbers as people read them. Bytes are decimal: 1 MB is 10⁶ bytes, 1 GB is 10⁹.</summary>
internal static class Units
{
    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>Three significant digits in kB, MB or GB: <c>12.4 MB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} B",
        < 999_500 => $"{Three(bytes / 1e3)} kB",
        < 999_500_000 => $"{Three(bytes / 1e6)} MB",
        _ => $"{Three(bytes / 1e9)} GB",
    };

    /// <summary>A count with spaces between groups of three digits: <c>134 515 008</c>.</summary>
    public static string Count(double count) => count.ToString("#,0", s_culture).Replace(',', ' ');

    /// <summary>A count in three significant digits: <c>135 M</c>.</summary>
    public static string ShortCount(double count) => count switch
    {
        < 999.5 => count.ToString("0", s_culture),
        < 999_500 => $"{Three(count / 1e3)} k",
        < 999_500_000 => $"{Three(count / 1e6)} M",
        _ => $"{Three(count / 1e9)} B",
    };

    /// <summary>A share as percent: <c>3.4 %</c>.</summary>
    public static string Percent(double share) => $"{Three(share * 100)} %";

    /// <summary>A duration in its two largest units: <c>4 min 05 s</c>.</summary>
    public static string Duration(double seconds)
    {
        if (seconds < 10)
            return string.Create(s_culture, $"{Math.Max(0, seconds):0.0} s");
        TimeSpan span = TimeSpan.FromSeconds(Math.Min(Math.Round(seconds), 1e9));
        return span switch
        {
            { TotalMinutes: < 1 } => $"{span.Seconds} s",
            { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds:00} s",
            { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes:00} min",
            _ => $"{(int)span.TotalDays} d {span.Hours:00} h",
        };
    }

    private static string Three(double number) => number.ToString(number switch { < 9.995 => "0.00", < 99.95 => "0.0", _ => "0" }, s_culture);
}
