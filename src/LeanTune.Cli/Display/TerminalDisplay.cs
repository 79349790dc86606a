using System.Diagnostics;
using LeanTune.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LeanTune.Cli.Display;

/// <summary>Shows a run on a terminal: one panel that is redrawn in place, and above it what should stay to be read.</summary>
internal sealed class TerminalDisplay(IAnsiConsole console, RunProgress progress) : IRunDisplay
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Quick steps share a picture: drawing takes milliseconds on a core that training could use.</summary>
    private static readonly TimeSpan s_picture = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Stopwatch _sinceEvent = new();
    private readonly Stopwatch _sincePicture = Stopwatch.StartNew();
    private LiveDisplayContext? _live;

    /// <inheritdoc/>
    public RunFinished Show(Func<Action<TrainingEvent>, RunFinished> run) =>
        console.Live(Panel()).Overflow(VerticalOverflow.Visible).Start(context =>
        {
            _live = context;
            _sinceEvent.Restart();
            // Steps can be slow: the clock in the panel shows that the run is alive.
            using Timer timer = new(_ => Redraw(), null, s_tick, s_tick);
            try
            {
                return run(Observe);
            }
            finally
            {
                lock (_gate)
                {
                    Redraw();
                    _live = null;
                }
            }
        });

    /// <inheritdoc/>
    public void Say(string message)
    {
        lock (_gate)
            WriteAbove(new Text(SafeText.Of(message) + "\n", new Style(Color.Yellow)));
    }

    private void WriteAbove(IRenderable content)
    {
        console.Write(new OnErasedLines(content));
        Redraw();
    }

    private void Observe(TrainingEvent happened)
    {
        lock (_gate)
        {
            progress.Apply(happened);
            _sinceEvent.Restart();
            switch (happened)
            {
                case RunStarted started:
                    Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
                    foreach (string[] row in EventText.Of(started))
                        grid.AddRow(new Text(row[0], new Style(decoration: Decoration.Dim)), new Text(SafeText.Of(row[1])));
                    WriteAbove(grid);
                    break;
                case MemoryPlanned planned:
                    WriteAbove(new Text($"{string.Join("  ", EventText.Of(planned)[0])}\n"));
                    break;
                case MemoryMeasured measured:
                    foreach (string line in EventText.Of(measured)) WriteAbove(new Text($"{line}\n"));
                    break;
                case Notice notice:
                    Say($"note: {notice.Message}");
                    break;
            }
            if (happened is not StepCompleted || _sincePicture.Elapsed >= s_picture)
                Redraw();
        }
    }

    private void Redraw()
    {
        lock (_gate)
        {
            _live?.UpdateTarget(Panel());
            _sincePicture.Restart();
        }
    }

    private Panel Panel() => RunPanel.Of(progress, _sinceEvent.Elapsed, console.Profile);
}
