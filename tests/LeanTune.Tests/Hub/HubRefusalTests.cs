using System.Globalization;
using LeanTune.Hub;
using static LeanTune.Tests.Hub.HubFixture;

namespace LeanTune.Tests.Hub;

/// <summary>What the hub refuses, and what is refused of it.</summary>
public class HubRefusalTests
{
    [Theory]
    [InlineData(401, "RepoNotFound", null, "there is no such model, or it is private")]
    [InlineData(401, "", "hf_x", "the hub does not accept the token")]
    [InlineData(401, "GatedRepo", null, "is gated: accept its terms on http://127.0.0.1")]
    [InlineData(403, "GatedRepo", "hf_x", "this account has no access to it yet")]
    [InlineData(403, "", null, "access is refused")]
    [InlineData(404, "", null, "Check owner, name and revision")]
    [InlineData(404, "RevisionNotFound", null, "has no revision 'main'")]
    [InlineData(400, "", null, "the hub answered 400")]
    public async Task A_refusal_says_what_to_do_and_is_not_asked_again(int status, string code, string? token, string said)
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Token = token };
        hub.Server.Instead = (_, _) => HubAnswer.Error(status, ("X-Error-Code", code));
        string message = await hub.FailAsync();
        message.ShouldContain(said);
        message.ShouldContain("hub:owner/name");
        message.ShouldNotContain("hf_x");
        hub.Server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Too_many_requests_wait_as_long_as_the_hub_asks()
    {
        using HubFixture hub = new();
        int asked = 0;
        hub.Server.Instead = (_, _) => ++asked switch
        {
            1 => HubAnswer.Error(429, ("Retry-After", "7")),
            2 => HubAnswer.Error(503, ("Retry-After", hub.Options.Clock.GetUtcNow().AddSeconds(60).ToString("R", CultureInfo.InvariantCulture))),
            3 => HubAnswer.Error(502),
            _ => null,
        };
        await hub.FetchAsync();
        hub.Waits.Count.ShouldBe(3);
        hub.Waits[0].ShouldBe(TimeSpan.FromSeconds(7));
        hub.Waits[1].TotalSeconds.ShouldBeInRange(40, 60);
        hub.Waits[2].ShouldBe(TimeSpan.FromSeconds(4));
        hub.Events.OfType<DownloadWaits>().First().Reason.ShouldContain("too many requests");
    }

    [Fact]
    public async Task A_hub_that_asks_for_an_hour_is_not_waited_for()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (_, _) => HubAnswer.Error(429, ("Retry-After", "3600"));
        (await hub.FailAsync()).ShouldContain("asks to wait 3600 seconds");
        hub.Waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_busy_hub_is_asked_five_times()
    {
        using HubFixture hub = new();
        hub.Server.Instead = (_, _) => HubAnswer.Error(500);
        (await hub.FailAsync()).ShouldContain("the hub answered 500. Given up after 5 attempts");
        hub.Server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_alone()
    {
        using HubFixture hub = new();
        hub.Options = hub.Options with { Token = "hf_secret" };
        await hub.FetchAsync();
        hub.AskedOfStore().ShouldNotBeEmpty();
        foreach (HubRequest request in hub.Server.Requests)
            request.Headers.GetValueOrDefault("Authorization").ShouldBe(request.Path.StartsWith("/store/", StringComparison.Ordinal) ? null : "Bearer hf_secret", request.ToString());
    }

    [Fact]
    public async Task A_repository_that_moved_is_followed()
    {
        using HubFixture hub = new();
        hub.Server.Add("models/old/name");
        hub.Server.Instead = (request, _) => request.Path.Contains("/old/", StringComparison.Ordinal) || request.Path.StartsWith("/old/", StringComparison.Ordinal)
            ? HubAnswer.Error(307, ("Location", request.Path.Replace("/old/", "/owner/", StringComparison.Ordinal))) : null;
        HubSnapshot snapshot = await hub.UpdateAsync(HubReference.Parse("old/name", HubKind.Model));
        snapshot.Folder.ShouldBe(Path.Combine(hub.Cache, "models--old--name", "snapshots", hub.Model.Commit));
        File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")).ShouldBe(Weights);
    }

    [Theory]
    [InlineData("/again", "redirects without end")]
    [InlineData("file:///etc/passwd", "an address that is not safe")]
    [InlineData("", "redirects without saying where to")]
    public async Task Redirects_that_lead_nowhere_are_an_error(string location, string said)
    {
        using HubFixture hub = new();
        hub.Server.Instead = (_, _) => location.Length > 0 ? HubAnswer.Error(302, ("Location", location)) : HubAnswer.Error(302);
        (await hub.FailAsync()).ShouldContain(said);
        hub.Server.Requests.Count.ShouldBeLessThan(20);
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/etc/outside")]
    [InlineData("a/../../../outside")]
    [InlineData("a\\..\\outside")]
    [InlineData("a//b")]
    public async Task Names_that_lead_out_of_the_repository_are_refused(string name)
    {
        using HubFixture hub = new();
        hub.Server.Add("models/owner/name", [.. SmallFiles, ("model.safetensors", Weights), (name, Text("evil"))]);
        (await hub.FailAsync()).ShouldContain("would lie outside its folder");
        Directory.Exists(hub.Cache).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("{\"sha\": 3, \"siblings\": []}")]
    [InlineData("{\"sha\": \"../x\", \"siblings\": []}")]
    public async Task An_answer_of_something_else_is_no_hub(string answer)
    {
        using HubFixture hub = new();
        hub.Server.Instead = (_, _) => new HubAnswer { Body = Text(answer) };
        await hub.FailAsync();
        Directory.Exists(hub.Cache).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"../../outside\"")]
    [InlineData("\"d41d8cd98f00b204e9800998ecf8427e\"")]
    public async Task A_file_without_a_hash_to_check_it_by_is_refused(string tag)
    {
        using HubFixture hub = new();
        hub.Server.Instead = (request, own) => request.Method == "HEAD" ? own with { Status = 200, Headers = [("ETag", tag)], Body = Weights } : null;
        (await hub.FailAsync()).ShouldContain("gives no hash to check the file by");
    }

    [Fact]
    public async Task An_unreachable_hub_names_the_ways_out()
    {
        using HubFixture hub = new();
        hub.Server.Dispose();
        string message = await hub.FailAsync();
        message.ShouldContain("--offline");
        message.ShouldContain("HTTPS_PROXY");
    }
}
