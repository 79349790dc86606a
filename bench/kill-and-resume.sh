#!/usr/bin/env bash
# Kills runs at random moments, resumes them, and compares what they end with against a run that nobody disturbed.
#
#   bench/kill-and-resume.sh [RUNS] [SEED]
#
# Same means: the same bytes in adapter_model.safetensors, and the same loss and gradient norm of every step and evaluation.
# Most kills hit the time between the first step and the end, where checkpoints are written (every third step); one in four any moment.
# Needs a release build of the tool, or LEANTUNE=path of the program. Exit code 1 when any run differs.
set -u
cd "$(dirname "$0")/.."
runs=${1:-30}
seed=${2:-$RANDOM}
tool=${LEANTUNE:-src/LeanTune.Cli/bin/Release/net10.0/LeanTune.Cli}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=$seed
kills=0 different=0 again=0

train() { # OUTPUT: the quickstart in small; one thread, since sums depend on their order
    exec "$tool" train recipes/quickstart.yaml --set "output=$1" --set training.resume=true --set training.steps=30 --set training.save_every=3 \
        --set training.evaluate_every=8 --set training.batch_size=1 --set data.max_length=64 --set data.max_validation_examples=4 \
        --set training.threads=1 --set training.compare_memory=false --set sample.max_new_tokens=4 --set "metrics=[csv]"
}

result() { # OUTPUT
    sha256sum < "$1/adapter/adapter_model.safetensors"
    grep -oE '"event":"(step|evaluation)","step":[0-9]+,"loss":[^,]+(,"learning_rate":[^,]+,"gradient_norm":[^,]+)?' "$1/metrics.jsonl" | sha256sum
}

now() { date +%s%3N; }

steps() { # OUTPUT: steps recorded so far
    grep -c '"event":"step"' "$1/metrics.jsonl" 2> /dev/null || true
}

# How long the way to the first step is, and how long a whole run: what the moments are drawn from.
begun=$(now)
train "$work/whole" > "$work/log" 2>&1 &
while [ "$(steps "$work/whole")" = "" ] || [ "$(steps "$work/whole")" = 0 ]; do kill -0 $! 2> /dev/null || break; sleep 0.02; done
first=$(($(now) - begun))
wait $! || { cat "$work/log"; exit 1; }
whole=$(($(now) - begun))
expected=$(result "$work/whole")
echo "seed $seed; undisturbed: first step after $first ms, end after $whole ms"
[ "$(steps "$work/whole")" = 30 ] || { echo "the undisturbed run has $(steps "$work/whole") steps"; exit 1; }

for ((run = 1; run <= runs; run++)); do
    output=$work/$run story=
    for ((left = 1 + RANDOM % 4; left >= 0; left--)); do
        train "$output" > "$work/log" 2>&1 &
        if [ $left -gt 0 ]; then
            from=$((first * 9 / 10))
            [ $((RANDOM % 4)) = 0 ] && from=0
            delay=$((from + RANDOM * (whole - from) / 32768))
            sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
            if kill -9 $! 2> /dev/null; then
                kills=$((kills + 1))
                wait $! 2> /dev/null
                recorded=$(steps "$output")
                story+=" killed after $delay ms with ${recorded:-0} steps recorded,"
                continue
            fi
        fi
        wait $! || { story+=" FAILED:"; sed 's/^/    /' "$work/log"; }
        break
    done
    if [ "$(result "$output" 2>&1)" = "$expected" ]; then story+=" same"; else story+=" DIFFERENT"; different=$((different + 1)); fi
    echo "run $run:$story"
    # A run that ended before its kill came proves nothing, when it ended well.
    if [[ $story == " same" && $((again += 1)) -le $((10 * runs)) ]]; then run=$((run - 1)); fi
    rm -rf "$output"
done
echo "$runs runs, $kills times kill -9, $different different; seed $seed"
[ $different = 0 ]
