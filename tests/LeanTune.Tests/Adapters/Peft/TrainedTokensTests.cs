using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters.Peft;

/// <summary>PEFT's trained tokens: a folder that PEFT wrote gives PEFT's logits and gradients, and is written again as PEFT wrote it.</summary>
public sealed class TrainedTokensTests : IDisposable
{
    private const string Rows = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta";

    private static readonly string s_folder = AdapterFixtures.Folder("lora_tokens");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Logits_are_those_of_peft()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable quiet = no_grad();
        using Decoder model = Base();
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(s_folder, "golden.safetensors")), inputs = SafetensorsFile.Open(Path.Combine(s_folder, "inputs.safetensors"));
        Tensor ids = inputs.Read("ids"), expected = golden.Read("logits"), table = model.Embedding.clone();
        using ForwardPass pass = new(model.Config, ids, model.Dtype);
        Tensor Logits() => model.Logits(model.Forward(ids, pass)).view(expected.shape);
        Tensor before = Logits();
        using (DecoderAdapter.Load(model, s_folder)) (Logits() - expected).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        AdapterFixtures.Same(model.Embedding, table).ShouldBeTrue(); // taken off again
        AdapterFixtures.Same(Logits(), before).ShouldBeTrue();
        (before - expected).abs().max().item<float>().ShouldBeGreaterThan(0.1f);
    }

    [Fact]
    public void Loss_and_gradients_are_those_of_peft_and_the_folder_is_written_as_it_was()
    {
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(s_folder, "golden.safetensors")), inputs = SafetensorsFile.Open(Path.Combine(s_folder, "inputs.safetensors"));
        AdapterOptions options = new() { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj"], ContinueFrom = s_folder };
        using Trainables trainables = Trainables.Lora(Base(), options, "base", seed: 0, _ => { });
        RunPlanning.ShapeOf(options, trainables.Model.Config).Trained.ShouldBe(trainables.Parameters.Length);
        long[] ids = inputs.Read("ids").data<long>().ToArray(), labels = inputs.Read("labels").data<long>().ToArray();
        TokenizedExample Row(int row) => new([.. ids.Skip(16 * row).Take(16).Select(id => (int)id)], [.. labels.Skip(16 * row).Take(16).Select(label => label >= 0)], "test", 1);
        using Batch batch = Batch.From([Row(0), Row(1)], padId: 0);
        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(2, ActivationMode.Layer, new Exact()), seed: 0);
        runner.Train(batch, 1.0 / batch.SupervisedTokens, 0).ShouldBe(golden.Read("loss").item<float>(), 1e-5);
        foreach (string key in golden.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal)))
        {
            string parameter = key.EndsWith("delta", StringComparison.Ordinal) ? TrainedTokens.Key("model.embed_tokens") : key["grad.base_model.model.".Length..];
            Tensor expected = golden.Read(key), gradient = trainables.Parameters.ByName[parameter].grad!;
            ((gradient - expected).abs().max() / expected.abs().max()).item<float>().ShouldBeLessThan(1e-4f, key);
        }

        PeftFolder.Write(_folder.Path, trainables.Config!, trainables.Factors(), tokens: trainables.Tokens());
        using SafetensorsFile theirs = SafetensorsFile.Open(Path.Combine(s_folder, "adapter_model.safetensors")), ours = SafetensorsFile.Open(_folder.File("adapter_model.safetensors"));
        ours.Names.Order(StringComparer.Ordinal).ShouldBe(theirs.Names.Order(StringComparer.Ordinal));
        foreach (string name in theirs.Names) AdapterFixtures.Same(ours.Read(name), theirs.Read(name)).ShouldBeTrue(name);
        File.ReadAllText(_folder.File("adapter_config.json")).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal).ShouldContain("\"trainable_token_indices\":{\"embed_tokens\":[3,65,101]}");
        using PeftAdapter again = PeftFolder.Read(_folder.Path);
        again.Tokens.Single().Module.ShouldBe("model.embed_tokens");
        again.Tokens.Single().Ids.ShouldBe([3, 65, 101]);
    }

    [Fact]
    public void Rows_and_configuration_must_agree()
    {
        string Message(Action<Dictionary<string, Tensor>>? tensors = null, Func<string, string>? config = null)
        {
            using TemporaryFolder target = new();
            return Should.Throw<CheckpointFormatException>(() => PeftFolder.Read(AdapterFixtures.Copy(target, "lora_tokens", tensors, config)).Dispose()).Message;
        }

        Message(tensors => tensors.Remove(Rows)).ShouldContain("names 'embed_tokens', of which there are no rows");
        Message(tensors => tensors[Rows] = zeros(2, 48)).ShouldContain("has shape (2, 48); expected (3, width) for as many tokens");
        Message(tensors => tensors[Rows][0] = float.NaN).ShouldContain("48 of its values are NaN");
        Message(tensors => tensors["base_model.model.lm_head.token_adapter.trainable_tokens_delta"] = zeros(3, 48)).ShouldContain("trainable_token_indices of adapter_config.json does not name its module");
        Message(tensors => tensors["base_model.model.model.embed_tokens.token_adapter.base_layer.weight"] = zeros(3, 48)).ShouldContain("a part of the base model");
        Message(config: json => Tokens(json, "null")).ShouldContain("is left over: trainable_token_indices");
        Message(config: json => Tokens(json, "[3, 65, 3]")).ShouldContain("'embed_tokens' has token 3 twice");
        Message(config: json => Tokens(json, "[3, 65, -1]")).ShouldContain("needs ids of tokens, from 0");
        Message(config: json => Tokens(json, "{\"embed_tokens\": 3}")).ShouldContain("trainable_token_indices.embed_tokens: must be a list of token ids");
        Message(config: json => Tokens(json, "{\"embed_tokens\": [3, 65, 101], \"lm_head\": [3]}")).ShouldContain("names 'lm_head', of which there are no rows");
    }

    [Fact]
    public void Tokens_that_the_model_does_not_have_are_refused()
    {
        using TemporaryFolder target = new();
        string adapter = AdapterFixtures.Copy(target, "lora_tokens", config: json => Tokens(json, "[3, 65, 128]"));
        using Decoder model = Base();
        Should.Throw<CheckpointFormatException>(() => DecoderAdapter.Load(model, adapter)).Message.ShouldContain("it trains token 128 of 'model.embed_tokens', the model has 128");
        File.Copy(Repository.Fixture("tokenizers/trained/byte_bpe.json"), _folder.File("tokenizer.json"));
        File.Copy(Path.Combine(s_folder, "base", "config.json"), _folder.File("config.json"));
        using HubFolder hub = HubFolder.Open(_folder.Path);
        Should.Throw<CheckpointFormatException>(() => GrownVocabulary.Load(hub, [], AdapterFixtures.Copy(target, "lora_tokens", config: json => Tokens(json, "[3, 65, 1000]")))).Message
            .ShouldContain("trains token 1000, but the model has 128 and there is no tokenizer.json beside the adapter that has more");
    }

    private static string Tokens(string config, string value) =>
        config.Replace("\"trainable_token_indices\": [\n    3,\n    65,\n    101\n  ]", $"\"trainable_token_indices\": {value}", StringComparison.Ordinal);

    private static Decoder Base()
    {
        using HubFolder hub = HubFolder.Open(Path.Combine(s_folder, "base"));
        return DecoderLoader.Load(hub, ScalarType.Float32);
    }
}
