using LeanTune.Hub;
using static LeanTune.Tests.Hub.HubFixture;

namespace LeanTune.Tests.Hub;

/// <summary>Downloads against a server that breaks off, ignores what was asked, or lies.</summary>
public class HubFailureTests
{
    private const int Half = 1_200_000;

    [Fact]
    public async Task A_body_that_breaks_off_is_continued()
    {
        using HubFixture hub = new();
        hub.Store((_, own) => own with { BreaksAfter = Half });
        await hub.FetchAsync();
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
        hub.AskedOfStore().ShouldBe(["whole", $"from {Half}"]);
        hub.Waits.ShouldBe([TimeSpan.FromSeconds(1)]);
    }

    [Fact]
    public async Task A_server_that_ignores_the_range_is_read_from_the_start()
    {
        using HubFixture hub = new();
        hub.Store((_, own) => own with { BreaksAfter = Half }, (_, _) => new HubAnswer { Body = Weights });
        await hub.FetchAsync();
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
    }

    [Fact]
    public async Task A_download_that_was_stopped_is_continued_by_the_next()
    {
        using HubFixture hub = new();
        using CancellationTokenSource stop = new();
        using (HubClient client = new(hub.Options, happened =>
        {
            if (happened is FileAdvanced { Bytes: > Half }) stop.Cancel();
        }))
            await Should.ThrowAsync<OperationCanceledException>(() => client.ModelAsync(Reference, cancel: stop.Token));
        long here = new FileInfo(hub.Blob + PartialBlob.Suffix).Length;
        here.ShouldBeInRange(Half, Weights.Length - 1);

        await hub.FetchAsync();
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
        hub.AskedOfStore().ShouldBe(["whole", $"from {here}"]);
        hub.Events.OfType<DownloadPlanned>().Single().BytesHere.ShouldBe(here);
    }

    [Fact]
    public async Task What_a_killed_process_left_is_continued_and_checked()
    {
        using HubFixture hub = new();
        Directory.CreateDirectory(Path.GetDirectoryName(hub.Blob)!);
        File.WriteAllBytes(hub.Blob + PartialBlob.Suffix, Random(Half, 2)); // of something else
        await hub.FetchAsync();
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
        hub.AskedOfStore().ShouldBe([$"from {Half}", "whole"]);
        hub.Events.OfType<HubNotice>().Single().Message.ShouldContain("has not the hash");
    }

    [Fact]
    public async Task A_wrong_hash_is_an_error_and_nothing_is_kept()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, _) => request.Path.StartsWith("/store/", StringComparison.Ordinal) ? new HubAnswer { Body = Random(Weights.Length, 3) } : null;
        (await hub.FailAsync()).ShouldContain($"model.safetensors: what comes has not the hash that the hub names ({HubServer.Sha256(Weights)})");
        File.Exists(hub.Blob).ShouldBeFalse();
        File.Exists(Path.Combine(hub.Repository, "refs", "main")).ShouldBeFalse();
        hub.AskedOfStore().Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_small_file_is_checked_by_its_git_hash()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, own) => request is { Method: "GET" } && request.Path.EndsWith("/config.json", StringComparison.Ordinal) ? own with { Body = [.. own.Body.Reverse()] } : null;
        (await hub.FailAsync()).ShouldContain("config.json: what comes has not the hash");
    }

    [Theory]
    [InlineData(100, "the server sends 100 bytes, and the hub names 2500000")]
    [InlineData(3_000_000, "the server sends 3000000 bytes, and the hub names 2500000")]
    public async Task A_wrong_length_is_given_up(int length, string said)
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, own) => request.Path.StartsWith("/store/", StringComparison.Ordinal) ? own with { Status = 200, Body = Random(length, 1) } : null;
        string message = await hub.FailAsync();
        message.ShouldContain(said);
        message.ShouldContain("Given up after 5 attempts");
        hub.Waits.ShouldBe([.. new[] { 1, 2, 4, 8 }.Select(seconds => TimeSpan.FromSeconds(seconds))]);
    }

    [Fact]
    public async Task A_body_longer_than_promised_is_cut_short()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, own) => request.Path.StartsWith("/store/", StringComparison.Ordinal) ? own with { Status = 200, SaysLength = false, Body = [.. Weights, .. Weights] } : null;
        (await hub.FailAsync()).ShouldContain("more comes than the 2500000 bytes");
    }

    [Fact]
    public async Task Another_range_than_was_asked_is_not_taken()
    {
        using HubFixture hub = new();
        hub.Store((_, own) => own with { BreaksAfter = Half }, (_, own) => own with { Headers = [("Content-Range", $"bytes 0-{own.Body.Length - 1}/{Weights.Length}")] });
        await hub.FetchAsync();
        File.ReadAllBytes(hub.Blob).ShouldBe(Weights);
        hub.AskedOfStore().ShouldBe(["whole", $"from {Half}", "whole"]);
    }

    [Fact]
    public async Task A_server_that_cannot_continue_begins_again()
    {
        using HubFixture hub = new();
        hub.Store((_, own) => own with { BreaksAfter = Half }, (_, _) => HubAnswer.Error(416));
        await hub.FetchAsync();
        hub.AskedOfStore().ShouldBe(["whole", $"from {Half}", "whole"]);
    }

    [Fact]
    public async Task A_server_that_sends_a_little_each_time_is_given_up()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, own) => request.Path.StartsWith("/store/", StringComparison.Ordinal) ? own with { BreaksAfter = 1000 } : null;
        (await hub.FailAsync()).ShouldContain("broke");
        hub.AskedOfStore().Length.ShouldBe(5);
    }

    [Fact]
    public async Task A_download_that_advances_has_its_attempts_again()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Attempts = 2 };
        hub.Store((_, own) => own with { BreaksAfter = Half }, (_, own) => own with { BreaksAfter = Half });
        await hub.FetchAsync();
        hub.Waits.ShouldBe([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)]);
    }

    [Fact]
    public async Task A_silent_server_counts_as_lost()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Silence = TimeSpan.FromMilliseconds(200), Attempts = 2 };
        hub.Server.Instead = (request, _) => request.Path.StartsWith("/api/", StringComparison.Ordinal) ? new HubAnswer { Silent = true } : null;
        (await hub.FailAsync()).ShouldContain("cannot be reached (no answer within 0.2 seconds)");
    }

    [Fact]
    public async Task A_full_disk_is_seen_before_the_download()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { FreeBytes = _ => 2_000_000 };
        string message = await hub.FailAsync();
        message.ShouldContain("2.5 MB are to be downloaded, and");
        message.ShouldContain("HF_HUB_CACHE");
        hub.Server.Requests.ShouldAllBe(request => request.Method == "HEAD" || request.Path.StartsWith("/api/", StringComparison.Ordinal));
    }
}
