namespace LeanTune.Benchmarks.Training;

/// <summary>Losses of runs beside the exact one's, as markdown.</summary>
internal static class TrainingTable
{
    /// <summary>Prints evaluation by evaluation, and then each run's largest difference.</summary>
    public static void Print(string settings, IReadOnlyList<RunName> runs, int seeds, EvaluationLog log)
    {
        Console.WriteLine("Evaluation loss:\n");
        Console.WriteLine($"| seed | step | {string.Join(" | ", runs.Select(run => run.Text))} |\n|---|---|{string.Concat(runs.Select(_ => "---|"))}");
        for (int seed = 0; seed < seeds; seed++)
        {
            IReadOnlyList<Evaluation>[] columns = [.. runs.Select(run => log.Of(settings, run.Text, seed))];
            for (int row = 0; row < columns[0].Count; row++)
                Console.WriteLine($"| {seed} | {columns[0][row].Step} | {string.Join(" | ", columns.Select(column => Text(column[row].EvaluationLoss)))} |");
        }

        Console.WriteLine("\n| run | training loss, last five steps | evaluation loss | minus exact, mean of the seeds | largest difference at any evaluation |\n|---|---|---|---|---|");
        foreach (RunName run in runs)
        {
            List<Evaluation> last = [];
            List<double> final = [], all = [];
            for (int seed = 0; seed < seeds; seed++)
            {
                IReadOnlyList<Evaluation> mine = log.Of(settings, run.Text, seed), exact = log.Of(settings, RunName.Exact, seed);
                last.Add(mine[^1]);
                double[] differences = [.. mine.Zip(exact, (one, other) => one.EvaluationLoss - other.EvaluationLoss)];
                all.AddRange(differences.Select(Math.Abs));
                if (differences.Length > 0) final.Add(differences[^1]);
            }

            string apart = final.Count > 0 ? $"{Signed(final.Average())} | {Text(all.Max())}" : " | ";
            Console.WriteLine($"| {run.Text} | {Text(last.Average(each => each.TrainingLoss))} | {Text(last.Average(each => each.EvaluationLoss))} | {apart} |");
        }
    }

    private static string Text(double loss) => FormattableString.Invariant($"{loss:F4}");

    private static string Signed(double difference) => FormattableString.Invariant($"{difference:+0.0000;-0.0000;0.0000}");
}
