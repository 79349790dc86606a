using CsCheck;
using LeanTune.Optimization;

namespace LeanTune.Tests.Optimization;

/// <summary>Schedules against their closed forms.</summary>
public class LearningRateScheduleTests
{
    [Fact]
    public void Warm_up_is_a_straight_line_to_the_peak()
    {
        foreach (ScheduleShape shape in Enum.GetValues<ScheduleShape>())
        {
            LearningRateSchedule schedule = new(shape, 0.4, 20, WarmupSteps: 4);
            Enumerable.Range(1, 5).Select(schedule.At).ShouldBe([0.1, 0.2, 0.3, 0.4, 0.4], 1e-15);
        }
    }

    [Fact]
    public void Constant_stays_at_the_peak() =>
        Enumerable.Range(1, 9).Select(new LearningRateSchedule(ScheduleShape.Constant, 2e-4, 9, FinalShare: 0.5).At).ShouldAllBe(rate => rate == 2e-4);

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Linear_falls_by_equal_steps_to_one_step_short_of_the_final_rate(double finalShare)
    {
        LearningRateSchedule schedule = new(ScheduleShape.Linear, 1, 12, WarmupSteps: 2, finalShare);
        for (int step = 3; step <= 12; step++)
            schedule.At(step).ShouldBe(1 - ((1 - finalShare) * (step - 3) / 10.0), 1e-15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Cosine_is_half_a_cosine(double finalShare)
    {
        LearningRateSchedule schedule = new(ScheduleShape.Cosine, 3, 12, WarmupSteps: 2, finalShare);
        schedule.At(3).ShouldBe(3, 1e-15);
        schedule.At(8).ShouldBe(3 * (1 + finalShare) / 2, 1e-15); // the middle
        for (int step = 3; step <= 12; step++)
            schedule.At(step).ShouldBe(3 * (finalShare + ((1 - finalShare) * Math.Pow(Math.Cos(Math.PI / 2 * (step - 3) / 10.0), 2))), 1e-14);
    }

    [Fact]
    public void Never_negative_never_above_the_peak_and_without_a_jump_after_the_warm_up() =>
        Gen.Select(Gen.Enum<ScheduleShape>(), Gen.Double[1e-6, 10], Gen.Int[1, 300], Gen.Int[0, 400], Gen.Double[0, 1])
            .Sample((shape, peak, total, warmup, share) =>
            {
                LearningRateSchedule schedule = new(shape, peak, total, warmup, share);
                double before = 0;
                for (int step = 1; step <= total; step++)
                {
                    double rate = schedule.At(step);
                    rate.ShouldBeInRange(0, peak * (1 + 1e-12));
                    // Rising in the warm-up, at the peak after it, never rising again.
                    if (step <= warmup) rate.ShouldBeGreaterThan(before);
                    else if (step == warmup + 1) rate.ShouldBe(peak, peak * 1e-12);
                    else rate.ShouldBeLessThanOrEqualTo(before * (1 + 1e-12));
                    before = rate;
                }
            }, iter: 300);
}
