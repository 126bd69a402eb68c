#!/bin/sh
# run.sh TARGET CORPUS: fuzzes for $FUZZ_SECONDS (10).  What libFuzzer finds
# on its way goes to a scratch folder, not into the tree; an input that breaks
# TARGET stays in the current directory.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
"$1" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$(basename "$1")-" "$scratch" "$2"
