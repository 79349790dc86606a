using System.Text;
using System.Text.Json;
using LeanTune.Metrics;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>What a run says is recorded with it, for its report.</summary>
public sealed class NoticeRecordTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void What_is_said_before_the_first_step_is_recorded_once_however_often_the_run_is_resumed()
    {
        FineTuneOptions options = _tiny.Options("run", 4);
        options = options with { Data = options.Data with { MaxLength = 24 } };
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        string[] said = [.. events.TakeWhile(e => e is not RunStarted).OfType<Notice>().Select(notice => notice.Message)];
        said.ShouldContain(message => message.Contains("were cut at the end", StringComparison.Ordinal));
        RunRecord.Read(options.Output).Notices.ShouldBe(said);

        FineTuneOptions parts = options with { Output = _tiny.Path("parts") };
        TinyRun.RunUntil(parts, 2);
        TinyRun.Run(parts with { Training = options.Training with { Resume = true } });
        RunRecord.Read(parts.Output).Notices.ShouldBe(said);
    }

    [Theory]
    [InlineData(null, """{"event":"notice","message":"m"}""")]
    [InlineData(7, """{"event":"notice","step":7,"message":"m"}""")]
    public void What_is_said_of_a_step_is_recorded_with_it(int? step, string expected)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            EventJson.Write(json, new Notice("m", step));
            json.WriteEndObject();
        }

        Encoding.UTF8.GetString(bytes.ToArray()).ShouldBe(expected);
    }
}
