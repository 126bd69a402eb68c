#!/bin/sh
# run.sh TARGET CORPUS SECONDS: fuzzes for so long, or for $FUZZ_SECONDS; with
# FUZZ_RUNS, for so many inputs.  What libFuzzer finds on its way goes to a
# scratch folder, not into the tree; an input that breaks TARGET is printed,
# and kept in findings/ of the current directory.
set -u
name=$(basename "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
mkdir "$scratch/corpus" "$scratch/broken"

if [ -n "${FUZZ_RUNS:-}" ]; then
    limit=-runs=$FUZZ_RUNS
else
    limit=-max_total_time=${FUZZ_SECONDS:-$3}
fi
dict=${2%/*/*}/${name#fuzz_}.dict
[ -f "$dict" ] && dict=-dict=$dict || dict=-verbosity=1

# One input takes milliseconds at most: a minute is for a machine that is busy
# with something else, not for the target.  Leaks are looked for at the end:
# after each input, as libFuzzer would, is most of the time.
"$1" "$limit" "$dict" -timeout=60 -report_slow_units=60 -rss_limit_mb=3000 \
    -detect_leaks=0 -print_final_stats=1 \
    -artifact_prefix="$scratch/broken/" "$scratch/corpus" "$2"
status=$?
for input in "$scratch"/broken/*; do
    [ $status != 0 ] && [ -f "$input" ] || continue
    kept=findings/$name-$(basename "$input")
    mkdir -p findings
    cp "$input" "$kept"
    echo "$name breaks with this input, kept in $PWD/$kept:"
    od -A d -t x1z -v "$input"
    echo "again: $1 $PWD/$kept"
done
# Not libFuzzer's own: meson takes its 77 for "skipped".
[ $status = 0 ]
