using System.Globalization;
using System.Text.RegularExpressions;
using LeanTune.Native;

namespace LeanTune.Planning;

/// <summary>How much memory a run may take, as people write it: <c>6GiB</c>, <c>900 MB</c>, <c>80%</c> of the machine's free memory, or <c>auto</c>.</summary>
public static partial class MemoryBudget
{
    /// <summary>What <c>auto</c> leaves free for others.</summary>
    private const double AutoShare = 0.9;

    /// <summary>What is accepted, for messages.</summary>
    public const string Expected = "a size such as 6GiB, 1.5GB or 900MiB, a share of the free memory such as 80%, or auto";

    /// <summary>Reads a budget.</summary>
    /// <param name="text">Number and unit (KiB, MiB, GiB, TiB or kB, MB, GB, TB), a percentage, or auto.</param>
    /// <param name="machine">What there is.</param>
    /// <param name="bytes">The budget in bytes.</param>
    /// <returns>False when the text is none of these, or not above zero.</returns>
    public static bool TryParse(string text, MachineMemory machine, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(machine);
        bytes = 0;
        string trimmed = text.Trim();
        if (trimmed.Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            bytes = (long)(AutoShare * machine.Free);
            return bytes > 0;
        }

        Match match = Size().Match(trimmed);
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string unit = match.Groups["unit"].Value;
        if (unit == "%")
        {
            if (number > 100) return false;
            bytes = (long)(number / 100 * machine.Free);
            return bytes > 0;
        }

        double step = unit.Contains('i', StringComparison.OrdinalIgnoreCase) ? 1024 : 1000;
        double size = number * Math.Pow(step, "KMGT".IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1);
        if (!(size is >= 1 and < long.MaxValue / 2)) return false;
        bytes = (long)size;
        return true;
    }

    [GeneratedRegex(@"^(?<number>[0-9]+(\.[0-9]+)?)\s*(?<unit>%|[kKmMgGtT]i?[bB])$", RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
