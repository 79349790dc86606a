using System.Globalization;
using System.Text;
using LeanTune.ChatTemplates.Jinja.Values;

namespace LeanTune.ChatTemplates.Jinja.Builtins;

/// <summary>Times by strftime's format letters, with English names.</summary>
internal static class TimeFormat
{
    /// <exception cref="RenderError">The format has an unknown letter.</exception>
    public static string Apply(DateTimeOffset time, string format)
    {
        StringBuilder result = new();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                result.Append(format[at]);
                continue;
            }

            bool isUnpadded = format[at + 1] == '-' && at + 2 < format.Length;
            at += isUnpadded ? 2 : 1;
            string text = Letter(time, format[at]);
            result.Append(isUnpadded && text.Length > 1 ? text.TrimStart('0') is { Length: > 0 } bare ? bare : "0" : text);
        }

        return result.ToString();
    }

    private static string Letter(DateTimeOffset time, char letter) => letter switch
    {
        'a' => Net(time, "ddd"),
        'A' => Net(time, "dddd"),
        'b' or 'h' => Net(time, "MMM"),
        'B' => Net(time, "MMMM"),
        'c' => $"{Net(time, "ddd MMM")} {time.Day,2} {Net(time, "HH:mm:ss yyyy")}",
        'C' => Two(time.Year / 100),
        'd' => Two(time.Day),
        'D' or 'x' => Net(time, "MM/dd/yy"),
        'e' => $"{time.Day,2}",
        'f' => Net(time, "ffffff"),
        'F' => Net(time, "yyyy-MM-dd"),
        'g' => Two(ISOWeek.GetYear(time.DateTime) % 100),
        'G' => ISOWeek.GetYear(time.DateTime).ToString(CultureInfo.InvariantCulture),
        'H' => Two(time.Hour),
        'I' => Net(time, "hh"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'k' => $"{time.Hour,2}",
        'l' => $"{(time.Hour + 11) % 12 + 1,2}",
        'm' => Two(time.Month),
        'M' => Two(time.Minute),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => Net(time, "hh:mm:ss ") + (time.Hour < 12 ? "AM" : "PM"),
        'R' => Net(time, "HH:mm"),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Two(time.Second),
        't' => "\t",
        'T' or 'X' => Net(time, "HH:mm:ss"),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'U' => Two((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7),
        'V' => Two(ISOWeek.GetWeekOfYear(time.DateTime)),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'W' => Two((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7),
        'y' => Two(time.Year % 100),
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        // Python's local time carries no zone.
        'z' or 'Z' => "",
        '%' => "%",
        _ => throw new RenderError($"strftime_now() knows no '%{letter}'"),
    };

    private static string Net(DateTimeOffset time, string form) => time.ToString(form, CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
