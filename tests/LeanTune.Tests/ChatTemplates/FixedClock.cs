namespace LeanTune.Tests.ChatTemplates;

/// <summary>The time that the goldens were made at: 2024-07-26 12:34:56, local.</summary>
internal sealed class FixedClock : TimeProvider
{
    public static readonly FixedClock Golden = new();

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 12, 34, 56, TimeSpan.Zero);
}
