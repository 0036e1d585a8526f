#!/bin/sh
# What one judged call costs from host to worker and back, beside a bare ping over a socket pair: Benchmarks/run-call.sh
# Writes docs/evidence/speed/call.md.
set -eu
cd "$(dirname "$0")/.."
scratch="${NIANGJIA_SCRATCH:-.build}"
scripts/build.sh niangjia-bench
bench="$scratch/release/niangjia-bench"
rounds="${ROUNDS:-9}"
calls="${CALLS:-2000}"
mkdir -p docs/evidence/speed
out="$(mktemp)"
trap 'rm -f "$out"' EXIT
for pause in 0 200; do
    "$bench" call "$calls" "$rounds" "$pause" | sed "s/^/pause=$pause /" >>"$out"
done
{
    echo "# One judged call: host, worker, host"
    echo
    echo "Written by \`Benchmarks/run-call.sh\`; nobody edits it. On the thread that drives the worker: request encoded, sent, judged"
    echo "(5 facts, all read), answered, decoded and checked. \`judged_once\` is the call itself; \`judged_and_proven\` is what a person's"
    echo "case gets: judged again in a fresh state, which the worker prepares after its last answer; so does the action. \`to_ping\`:"
    echo "median over rounds of the ratio, inside a round, of the median to that of 64 bytes to another process and back (\`cat\`)."
    echo "To reach: 2.0, with a callback 3.0."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after: $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: none; counts: $rounds rounds of $calls exchanges of each kind in turn"
    echo
    echo "| exchange | microseconds between two | p50, microseconds | to_ping |"
    echo "|---|---|---|---|"
    sed -n 's/^pause=\([0-9]*\) name=\([^ ]*\) p50_us=\([^ ]*\) to_ping=\(.*\)$/| \2 | \1 | \3 | \4 |/p' "$out"
} >docs/evidence/speed/call.md
cat docs/evidence/speed/call.md
