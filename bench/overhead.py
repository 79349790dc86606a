#!/usr/bin/env python3
"""What the display, the metrics and the bookkeeping of a run cost, as a share of its time: the tool itself, on a terminal of its own.

    bench/overhead.py RECIPE [--set KEY=VALUE ...]

between steps: time from one step's record in metrics.jsonl to the next that is not the step's own. The training thread records,
  publishes and gives memory back meanwhile. Evaluations and checkpoints are switched off, so that none falls there.
processor: time on a processor from the first step's record to the last of the threads that do not train: the display (main thread and
  timer), the sampler of peak memory, .NET's own. Left out are the training thread, libtorch's (which have its name) and that which prepares batches.

Linux only. Needs a release build of the tool, or LEANTUNE=path of the program.
"""
import collections, json, os, pathlib, pty, sys, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = os.environ.get("LEANTUNE", str(ROOT / "src/LeanTune.Cli/bin/Release/net10.0/LeanTune.Cli"))
TRAINING = ("LeanTune traini", "LeanTune batche")  # Linux cuts names at 15 characters


def steps(metrics):
    try:
        lines = metrics.read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [e for e in map(json.loads, (line for line in lines if line.endswith("\n"))) if e["event"] == "step"]


def processor_seconds(pid):
    """Seconds on a processor of each thread, by thread id."""
    used = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            used[task.name] = ((task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0]) / 1e9)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return used


def main():
    with tempfile.TemporaryDirectory() as work:
        run = pathlib.Path(work, "run")
        command = [TOOL, "train", *sys.argv[1:], "--set", f"output={run}", "--set", "training.evaluate_every=0",
                   "--set", "training.save_every=0", "--set", "training.compare_memory=false"]
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.setdefault("TERM", "xterm-256color")
            for name in ("CI", "GITHUB_ACTIONS", "NO_COLOR"):
                os.environ.pop(name, None)
            os.execv(TOOL, command)
        shown = bytearray()

        def read():
            try:
                while part := os.read(terminal, 65536):
                    shown.extend(part)
            except OSError:  # the other end is closed
                pass

        threading.Thread(target=read, daemon=True).start()
        metrics, first, last, total = run / "metrics.jsonl", None, None, None
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            time.sleep(0.05)
            done = steps(metrics)
            if not done:
                continue
            used = (done[-1]["step"], time.monotonic(), processor_seconds(pid))
            first = first or used
            if last is None or last[0] < used[0]:
                last = used
        recorded = steps(metrics)
        if first is None or len(recorded) < 2:
            sys.exit("fewer than two steps:\n" + shown.decode(errors="replace"))
        wall = recorded[-1]["time"] - recorded[0]["time"]
        own = sum(step["seconds"] for step in recorded[1:])
        print(f"{len(recorded)} steps, {wall / (len(recorded) - 1):.3f} s from one to the next; the terminal got {len(shown) / 1000:.0f} kB")
        print(f"between steps: {(wall - own) / (len(recorded) - 1) * 1000:.2f} ms a step, {(wall - own) / wall:.2%} of the time")
        span, by_name = last[1] - first[1], collections.Counter()
        for thread, (name, seconds) in last[2].items():
            by_name[name] += seconds - first[2].get(thread, (name, 0.0))[1]
        other = sum(seconds for name, seconds in by_name.items() if name not in TRAINING)
        print(f"processor: {other:.3f} s in {span:.1f} s beside training, {other / span:.2%} of one core; all of the process {sum(by_name.values()):.1f} s")
        for name, seconds in by_name.most_common():
            if seconds >= 0.001:
                print(f"  {name:16} {seconds:8.3f} s {seconds / span:8.2%}")


main()
