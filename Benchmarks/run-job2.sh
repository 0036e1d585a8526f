#!/bin/sh
# Job 2 of the reference programs with the host's own ledger in the same alternated rounds: Benchmarks/run-job2.sh [REQUESTS]
# Switches as in reference/README.md (ROUNDS, ONLY); PLAIN=1 leaves PostgreSQL and the raw disk out and installs nothing.
# Writes docs/evidence/speed/job2.md.
set -eu
cd "$(dirname "$0")/.."
requests="${1:-20000}"
scratch="${NIANGJIA_SCRATCH:-.build}"
scripts/build.sh niangjia-bench-ledger
ledger="$(cd "$scratch/release" && pwd)/niangjia-bench-ledger"
# The reference's own folder.
data=/tmp/bench
mkdir -p "$data/bin" docs/evidence/speed
out="$data/job2.txt"
extra=""
for waiting in 1 8 64; do
    extra="${extra}niangjia_$waiting=$ledger $data/niangjia-job2.db $requests $waiting;"
done
export EXTRA="$extra"
if [ "${PLAIN:-}" = 1 ]; then
    gcc -O2 -o "$data/bin/job2" Benchmarks/reference/src/job2.c -lsqlite3
    export ONLY="c_sqlite_each,c_sqlite_group8,c_sqlite_group64,niangjia_1,niangjia_8,niangjia_64"
    python3 Benchmarks/reference/lib/job2.py "$requests" >"$out" || { cat "$out"; exit 1; }
else
    Benchmarks/reference/run-job2.sh "$requests" >"$out" || { cat "$out"; exit 1; }
fi
for waiting in 1 100; do
    "$ledger" "$data/niangjia-fund.db" "$requests" "$waiting" one-fund | sed "s/^/waiting=$waiting /" >>"$out"
done
{
    echo "# Job 2: durable transfers"
    echo
    echo "Written by \`Benchmarks/run-job2.sh\`; nobody edits it. \`niangjia_N\`: the host's ledger with N clients waiting, each"
    echo "request an idempotency key, a voucher of two entries, and an event sealed in the same commit. \`rate_x_floor\` is the"
    echo "median of the ratios to \`c_sqlite_each\` (one commit each, no voucher, no chain) taken inside each round."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after (the ratios were taken inside each round): $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: none, the requests are a fixed formula; counts: $requests requests, ${ROUNDS:-3} rounds"
    echo
    echo "| program | per second | CPU µs each | p50 ms | p99 ms | x c_sqlite_each |"
    echo "|---|---|---|---|---|---|"
    sed -n 's/^result job=2 name=\([^ ]*\) per_s=\([^ ]*\) cpu_us_each=\([^ ]*\) .*p50_ms=\([^ ]*\) p99_ms=\([^ ]*\) rate_x_floor=\(.*\)$/| \1 | \2 | \3 | \4 | \5 | \6 |/p' "$out"
    echo
    grep '^check' "$out"
    echo
    echo "## Everybody posts to one fund"
    echo
    echo "The same requests, each into or out of the same line, by one client and by a hundred at once; then all of it is verified:"
    echo "vouchers without gaps (as many as the last one's number), the accounts' sum, the books, the chain."
    echo
    echo "| clients | seconds | per second | p50 ms | p99 ms | vouchers | last number | sum, fen | books | chain |"
    echo "|---|---|---|---|---|---|---|---|---|---|"
    sed -n 's/^waiting=\([0-9]*\) seconds=\([^ ]*\) .*p50_ms=\([^ ]*\) p99_ms=\([^ ]*\) vouchers=\([0-9]*\) last_voucher=\([0-9]*\) sum_fen=\([^ ]*\) books=\([^ ]*\) chain=\(.*\)$/\1 \2 \3 \4 \5 \6 \7 \8 \9/p' "$out" \
        | awk -v n="$requests" '{printf "| %s | %s | %d | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, n / $2, $3, $4, $5, $6, $7, $8, $9}'
} >docs/evidence/speed/job2.md
cat docs/evidence/speed/job2.md
