#!/bin/sh
# Where the processor time of one GET /api/v1/stations/nearby goes: Benchmarks/run-request.sh [MEMBERS]
# Serves the city that run-job3.sh has made, asks it as job 3 does, and sorts perf's samples by whose code they were in. What it costs in
# all, and beside nginx, is job3.md's. Switches: SECS, BUILT=1. Writes docs/evidence/speed/request.md.
set -eu
cd "$(dirname "$0")/.."
members="${1:-100000}"
scratch="${NIANGJIA_SCRATCH:-.build}"
[ "${BUILT:-}" = 1 ] || scripts/build.sh niangjia
export NIANGJIA="$scratch/release/niangjia" BASE="${BASE:-/tmp/bench/niangjia-job3-$members}" CITY=/tmp/bench/niangjia-request
export SECS="${SECS:-8}" SWIFT_BACKTRACE=enable=no
python3 Benchmarks/request.py >/tmp/bench/request.txt
{
    echo "# What a request for stations nearby costs, by whose code it is"
    echo
    echo "Written by \`Benchmarks/run-request.sh\`; nobody edits it. Processor time of one request, kernel included, shared out by the samples"
    echo "of \`perf\`: a sample counts for the innermost function of the table that stands in its stack."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after: $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: fixed; counts: $members members, ${STATIONS_N:-3000} stations, $SECS s without perf and $SECS s with it, wrk -t1 -c32"
    echo
    cat /tmp/bench/request.txt
} >docs/evidence/speed/request.md
cat docs/evidence/speed/request.md
