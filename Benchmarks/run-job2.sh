#!/bin/sh
# Job 2 of the reference programs with the host's own ledger in the same alternated rounds: Benchmarks/run-job2.sh [REQUESTS]
# Switches as in reference/README.md (ROUNDS, ONLY). Writes docs/evidence/speed/job2.md.
set -eu
cd "$(dirname "$0")/.."
requests="${1:-20000}"
scratch="${NIANGJIA_SCRATCH:-.build}"
swift build -c release --scratch-path "$scratch" --product niangjia-bench-ledger
ledger="$(cd "$scratch/release" && pwd)/niangjia-bench-ledger"
data="${TMPDIR:-/tmp}/bench"
mkdir -p "$data" docs/evidence/speed
out="$data/job2.txt"
extra=""
for waiting in 1 8 64; do
    extra="${extra}niangjia_$waiting=$ledger $data/niangjia-job2.db $requests $waiting;"
done
EXTRA="$extra" Benchmarks/reference/run-job2.sh "$requests" >"$out" || { cat "$out"; exit 1; }
{
    echo "# Job 2: durable transfers"
    echo
    echo "Written by \`Benchmarks/run-job2.sh\`; nobody edits it. \`niangjia_N\`: the host's ledger with N clients waiting, each"
    echo "request an idempotency key, a voucher of two entries, and an event sealed in the same commit. \`rate_x_floor\` is the"
    echo "median of the ratios to \`c_sqlite_each\` (one commit each, no voucher, no chain) taken inside each round."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* seed: none, the requests are a fixed formula; counts: $requests requests, ${ROUNDS:-3} rounds"
    echo
    echo "| program | per second | CPU µs each | p50 ms | p99 ms | x c_sqlite_each |"
    echo "|---|---|---|---|---|---|"
    sed -n 's/^result job=2 name=\([^ ]*\) per_s=\([^ ]*\) cpu_us_each=\([^ ]*\) .*p50_ms=\([^ ]*\) p99_ms=\([^ ]*\) rate_x_floor=\(.*\)$/| \1 | \2 | \3 | \4 | \5 | \6 |/p' "$out"
    echo
    grep '^check' "$out"
} >docs/evidence/speed/job2.md
cat docs/evidence/speed/job2.md
