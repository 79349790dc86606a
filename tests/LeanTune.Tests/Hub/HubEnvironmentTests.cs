using LeanTune.Hub;

namespace LeanTune.Tests.Hub;

public class HubEnvironmentTests
{
    [Fact]
    public void Nothing_set_is_the_public_hub_and_the_usual_cache()
    {
        HubOptions options = Read();
        options.Endpoint.ShouldBe(new Uri("https://huggingface.co"));
        options.Cache.ShouldBe(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub"));
        options.Offline.ShouldBeFalse();
    }

    [Theory]
    [InlineData("/a/hub", "HF_HOME=/a")]
    [InlineData("/b", "HF_HOME=/a", "HF_HUB_CACHE=/b")]
    [InlineData("/c", "HUGGINGFACE_HUB_CACHE=/c")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    public void The_cache_is_where_the_hubs_tools_have_it(string expected, params string[] set) => Read(set).Cache.ShouldBe(Path.GetFullPath(expected));

    [Fact]
    public void The_token_comes_from_variables_before_files_and_is_never_shown()
    {
        using TemporaryFolder home = new();
        File.WriteAllText(home.File("token"), "hf_file\n");
        File.WriteAllText(home.File("other"), "hf_other");
        Read($"HF_HOME={home.Path}").Token.ShouldBe("hf_file");
        Read($"HF_HOME={home.Path}", $"HF_TOKEN_PATH={home.File("other")}").Token.ShouldBe("hf_other");
        Read($"HF_HOME={home.Path}", "HUGGING_FACE_HUB_TOKEN=hf_old").Token.ShouldBe("hf_old");
        HubOptions options = Read($"HF_HOME={home.Path}", "HUGGING_FACE_HUB_TOKEN=hf_old", "HF_TOKEN=hf_new");
        options.Token.ShouldBe("hf_new");
        $"{options}".ShouldNotContain("hf_new");
    }

    [Theory]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=true", true)]
    [InlineData("HF_HUB_OFFLINE=0", false)]
    [InlineData("TRANSFORMERS_OFFLINE=yes", true)]
    public void Offline_is_said_by_either_variable(string set, bool expected) => Read(set).Offline.ShouldBe(expected);

    [Theory]
    [InlineData("huggingface.co")]
    [InlineData("ftp://huggingface.co")]
    public void An_endpoint_is_an_address(string endpoint) => Should.Throw<HubException>(() => Read($"HF_ENDPOINT={endpoint}")).Message.ShouldContain("HF_ENDPOINT");

    [Fact]
    public void A_mirror_may_lie_below_a_path() => Read("HF_ENDPOINT=https://mirror.example/hf/").Endpoint.ShouldBe(new Uri("https://mirror.example/hf"));

    private static HubOptions Read(params string[] set) => HubEnvironment.Read(name => set.FirstOrDefault(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
