using LeanTune.Hub;

namespace LeanTune.Tests.Hub;

public class HubReferenceTests
{
    [Theory]
    [InlineData("owner/name", "owner/name", "main", null)]
    [InlineData("hub:owner/name", "owner/name", "main", null)]
    [InlineData("hub:gpt2", "gpt2", "main", null)]
    [InlineData("meta-llama/Llama-3.2-1B@v1.0", "meta-llama/Llama-3.2-1B", "v1.0", null)]
    [InlineData("openai/gsm8k/main/train-*.parquet", "openai/gsm8k", "main", "main/train-*.parquet")]
    [InlineData("openai/gsm8k@refs/convert/parquet/main/train/0000.parquet", "openai/gsm8k", "refs/convert/parquet", "main/train/0000.parquet")]
    [InlineData("o/n@refs/pr/7", "o/n", "refs/pr/7", null)]
    [InlineData("o/n@my%2Fbranch/a.csv", "o/n", "my/branch", "a.csv")]
    [InlineData("o/n/a b/ü.jsonl", "o/n", "main", "a b/ü.jsonl")]
    public void A_reference_has_a_repository_a_revision_and_files(string text, string id, string revision, string? files)
    {
        HubReference reference = HubReference.Parse(text, HubKind.Dataset);
        (reference.Id, reference.Revision, reference.Files).ShouldBe((id, revision, files));
        HubReference.Parse(reference.ToString(), HubKind.Dataset).ShouldBe(reference);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/owner/name")]
    [InlineData("../name")]
    [InlineData("owner/..")]
    [InlineData("owner/name/../x")]
    [InlineData("owner/name/./x")]
    [InlineData("owner/name//x")]
    [InlineData("owner/name/a\\b")]
    [InlineData("owner/name@")]
    [InlineData("owner/name@..")]
    [InlineData("owner/name@a%2F..%2Fb")]
    [InlineData("owner--x/name")]
    [InlineData("owner/na me")]
    [InlineData("owner/name\n")]
    [InlineData("C:\\models\\x")]
    public void What_could_lead_elsewhere_is_no_reference(string text) =>
        Should.Throw<FormatException>(() => HubReference.Parse(text, HubKind.Model)).Message.ShouldContain("expected owner/name");
}
