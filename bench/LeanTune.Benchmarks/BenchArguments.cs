using System.Globalization;

namespace LeanTune.Benchmarks;

/// <summary>What every bench is told: <c>NAME [--model DIR] [--json PATH]</c> and its own switches.</summary>
/// <param name="Name">Which bench.</param>
/// <param name="Model">Folder of a model, or null for random weights in SmolLM2-135M's shapes.</param>
/// <param name="Json">File that gets one JSON object a line, or null.</param>
/// <param name="Switches">Everything else, by name.</param>
internal sealed record BenchArguments(string Name, string? Model, string? Json, IReadOnlyDictionary<string, string> Switches)
{
    private static readonly string[] s_shape = ["batch", "tokens", "blocks"], s_common = ["model", "json"];

    /// <summary>The switches of each bench, beside those of all.</summary>
    private static readonly Dictionary<string, string[]> s_known = new(StringComparer.Ordinal)
    {
        ["gemm-share"] = ["dtypes", "rounds", .. s_shape],
        ["memory"] = ["shape", "modes", "dtype", "rounds", "heap", "plot", .. s_shape],
        ["budget"] = ["data", "budgets", "batch", "tokens", "steps", "rounds", "dtype", "threads"],
        ["budget-run"] = ["data", "way", "batch", "tokens", "steps", "dtype", "threads"],
        ["codecs"] = ["golden", "steps", "join", "data", "batches", "adapter", "codecs", "modes", "dtype", "threads", "plot", "train", "seeds", "every", "runs", .. s_shape],
        ["recorded"] = ["golden", "dtype", "mode", "codec", "steps"],
    };

    /// <summary>Reads the command line; explains itself when it cannot.</summary>
    public static BenchArguments? TryParse(string[] args, TextWriter errors)
    {
        Dictionary<string, string> switches = new(StringComparer.Ordinal);
        for (int i = 1; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
            {
                errors.WriteLine($"'{args[i]}' is not understood: switches come in pairs such as --json PATH.");
                Usage(errors);
                return null;
            }

            switches[args[i][2..]] = args[i + 1];
        }

        if (args.Length == 0)
        {
            Usage(errors);
            return null;
        }

        if (s_known.TryGetValue(args[0], out string[]? known))
            foreach (string name in switches.Keys.Where(name => !known.Contains(name) && !s_common.Contains(name)))
            {
                errors.WriteLine($"'{args[0]}' has no switch --{name}; it has {string.Join(", ", known.Concat(s_common).Select(each => $"--{each}"))}.");
                return null;
            }

        switches.Remove("model", out string? model);
        switches.Remove("json", out string? json);
        return new BenchArguments(args[0], model, json, switches);
    }

    /// <summary>A whole number switch, 0 or above.</summary>
    /// <exception cref="ArgumentException">It is none; the message is for the user.</exception>
    public int Number(string name, int otherwise) => !Switches.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new ArgumentException($"--{name}: expected a whole number; found '{text}'.");

    /// <summary>A text switch.</summary>
    public string Text(string name, string otherwise) => Switches.GetValueOrDefault(name, otherwise);

    /// <summary>Prints what there is.</summary>
    /// <returns>Exit code for a wrong command line.</returns>
    public static int Usage(TextWriter to)
    {
        to.WriteLine("""
            dotnet run -c Release --project bench/LeanTune.Benchmarks -- NAME [--model DIR] [--json PATH]
              gemm-share   share of the machine's own matrix throughput that a plain LoRA step reaches
                           [--dtypes fp32,bf16] [--rounds 5] [--batch 8] [--tokens 512] [--blocks N]
              memory       kept bytes, peak and time of each way to keep activations, interleaved
                           [--shape smollm2|d512|tinyllama] [--modes none,layer-balanced,layer-high@32,...] [--dtype fp32] [--rounds 7] [--batch 8] [--tokens 512] [--blocks N] [--heap tight] [--plot FILE.png]
              codecs       fidelity of the LoRA gradient, bits and codec time of each codec in each mode
                           [--golden DIR [--steps 5,12,20] [--join 1] | --data FILE.jsonl] [--batches 3] [--batch 4] [--tokens 256]
                           [--adapter trained|fresh|DIR] [--codecs exact,1/8,1/8:bf16,chain:2,open:2,balanced,...] [--modes layer,layer2,sublayer] [--dtype fp32] [--threads N] [--plot FILE.png]
              codecs --train N   the same steps with exact LoRA and with codecs, paired by seed; finished runs in the file of --json are not repeated
                           --model DIR [--golden DIR] [--data GSM8K's train.jsonl with --golden, else FILE.jsonl] [--seeds 1] [--every 10] [--batch 4]
                           [--runs exact,layer-balanced,sublayer-balanced,layer-1/8,...] [--dtype fp32] [--threads N]
              budget       runs with memory budgets beside exact layer checkpointing: time of a step, process peak, plan
                           --model DIR --data FILE --budgets 700MiB,1GiB [--batch 4] [--tokens 512] [--steps 5] [--rounds 7] [--dtype auto|fp32|bf16] [--threads N]
              reading      conversations from JSONL through the chat template to tokens, on one thread: MB/s, memory
                           --model DIR [--mb 20] [--text FILE.txt]
              recorded     the 30 recorded GSM8K steps of SmolLM2, loss by loss
                           --model DIR --golden DIR [--dtype fp32] [--mode none] [--codec exact|1/8] [--steps 30]
            Without --model the weights are random, in SmolLM2-135M's shapes.
            """);
        return 2;
    }
}
