using LeanTune.Training;

namespace LeanTune.Cli.Display;

/// <summary>Shows a run while it goes on.</summary>
internal interface IRunDisplay
{
    /// <summary>Starts a run and shows it until it ends.</summary>
    /// <param name="run">Starts the run with an observer; returns when it is over.</param>
    RunFinished Show(Func<Action<TrainingEvent>, RunFinished> run);

    /// <summary>Shows one sentence at once. May be called from any thread.</summary>
    void Say(string message);
}
