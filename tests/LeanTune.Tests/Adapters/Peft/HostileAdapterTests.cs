using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters.Peft;

public class HostileAdapterTests
{
    private const string Query = "base_model.model.model.layers.0.self_attn.q_proj";
    private const string A = Query + ".lora_A.weight", B = Query + ".lora_B.weight";

    public static TheoryData<string, Action<Dictionary<string, Tensor>>, string[]> Damages => new()
    {
        { "A missing", tensors => tensors.Remove(A), [A, "is missing"] },
        { "B missing", tensors => tensors.Remove(B), [B, "is missing"] },
        { "no tensors", tensors => tensors.Clear(), ["holds no LoRA tensors"] },
        { "other module", tensors => Add(tensors, "model.layers.0.self_attn.k_norm"), ["k_norm", "left over"] },
        { "other tensor", tensors => tensors["extra"] = zeros(2), ["extra", "no LoRA tensor"] },
        { "no prefix", tensors => tensors["model.layers.0.self_attn.q_proj.lora_A.weight"] = zeros(4, 48), ["no LoRA tensor"] },
        { "DoRA", tensors => tensors[Query + ".lora_magnitude_vector"] = zeros(48), ["DoRA"] },
        { "embedding", tensors => tensors["base_model.model.model.embed_tokens.lora_embedding_A"] = zeros(4, 128), ["embedding"] },
        { "bias", tensors => tensors[Query + ".lora_B.bias"] = zeros(48), ["bias"] },
        { "rank of A", tensors => tensors[A] = zeros(3, 48), [A, "(3, 48)", "(4, in)"] },
        { "rank of B", tensors => tensors[B] = zeros(48, 5), [B, "(48, 5)", "(out, 4)"] },
        { "A turned", tensors => tensors[A] = zeros(48, 4), [A, "(48, 4)"] },
        { "one axis", tensors => tensors[A] = zeros(192), [A, "(192)"] },
        { "empty", tensors => tensors[A] = zeros(4, 0), [A, "(4, 0)"] },
        { "whole numbers", tensors => tensors[A] = zeros(4, 48, ScalarType.Int32), [A, "I32"] },
        { "NaN", tensors => tensors[A][2, 3] = float.NaN, [A, "1 of its values"] },
        { "infinity", tensors => tensors[B][0] = float.NegativeInfinity, [B, "4 of its values"] },
    };

    [Theory, MemberData(nameof(Damages))]
    public void A_damaged_tensor_file_is_one_error_that_names_the_tensor(string damage, Action<Dictionary<string, Tensor>> change, string[] parts)
    {
        using TemporaryFolder target = new();
        string folder = AdapterFixtures.Copy(target, "lora", change);
        CheckpointFormatException error = Should.Throw<CheckpointFormatException>(() => PeftFolder.Read(folder), damage);
        error.File.ShouldEndWith("adapter_model.safetensors");
        foreach (string part in parts) error.Message.ShouldContain(part);
    }

    [Fact]
    public void A_rank_that_the_tensors_do_not_have_is_an_error()
    {
        using TemporaryFolder target = new();
        string folder = AdapterFixtures.Copy(target, "lora", config: json => json.Replace("\"r\": 4", "\"r\": 8", StringComparison.Ordinal));
        Should.Throw<CheckpointFormatException>(() => PeftFolder.Read(folder)).Message.ShouldContain("(8, in)");
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_an_error()
    {
        using TemporaryFolder target = new();
        string folder = AdapterFixtures.Copy(target, "lora_layers");
        string path = Path.Combine(folder, "adapter_model.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in (int[])[0, 7, 8, 100, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(path, whole[..length]);
            Should.Throw<CheckpointFormatException>(() => PeftFolder.Read(folder), $"{length} bytes").Message.ShouldContain("adapter_model.safetensors");
        }
    }

    [Fact]
    public void A_pickled_adapter_is_refused_with_advice()
    {
        using TemporaryFolder target = new();
        string folder = AdapterFixtures.Copy(target, "lora");
        File.Move(Path.Combine(folder, "adapter_model.safetensors"), Path.Combine(folder, "adapter_model.bin"));
        string message = Should.Throw<CheckpointFormatException>(() => PeftFolder.Read(folder)).Message;
        message.ShouldContain("adapter_model.bin");
        message.ShouldContain("save_pretrained");
    }

    [Fact]
    public void Absent_files_and_folders_are_named()
    {
        using TemporaryFolder target = new();
        string folder = AdapterFixtures.Copy(target, "lora");
        Should.Throw<DirectoryNotFoundException>(() => PeftFolder.Read(target.File("adaptre"))).Message.ShouldContain("did you mean 'adapter'");
        File.Delete(Path.Combine(folder, "adapter_model.safetensors"));
        Should.Throw<FileNotFoundException>(() => PeftFolder.Read(folder)).Message.ShouldContain("adapter_model.safetensors");
        File.Delete(Path.Combine(folder, "adapter_config.json"));
        Should.Throw<FileNotFoundException>(() => PeftFolder.Read(folder)).Message.ShouldContain("adapter_config.json");
    }

    [Fact]
    public void An_adapter_of_another_model_names_what_does_not_fit()
    {
        using PeftAdapter adapter = PeftFolder.Read(AdapterFixtures.Folder("lora"));
        (string modelType, (string Name, long Out, long In)[] linears) = AdapterFixtures.Base("lora");
        Fails(linears.Where(linear => !linear.Name.Contains("layers.1", StringComparison.Ordinal)), "no linear layer 'model.layers.1.mlp.down_proj'");
        Fails(linears.Append(("model.layers.2.self_attn.q_proj", 48, 48)), "lora_A and lora_B of 'model.layers.2.self_attn.q_proj' are missing");
        Fails(linears.Select(linear => linear.Name.EndsWith("0.mlp.up_proj", StringComparison.Ordinal) ? linear with { Out = 97 } : linear), "from 48 to 96 features, the model's goes from 48 to 97");

        void Fails(IEnumerable<(string, long, long)> model, params string[] parts)
        {
            string message = Should.Throw<CheckpointFormatException>(() => adapter.MatchModel([.. model], modelType)).Message;
            foreach (string part in parts) message.ShouldContain(part);
        }
    }

    private static void Add(Dictionary<string, Tensor> tensors, string module)
    {
        tensors[$"base_model.model.{module}.lora_A.weight"] = zeros(4, 48);
        tensors[$"base_model.model.{module}.lora_B.weight"] = zeros(48, 4);
    }
}
