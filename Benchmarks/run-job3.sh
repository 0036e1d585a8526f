#!/bin/sh
# Job 3 of the reference programs with the shipped server and hummingbird's bare endpoint in the same alternated rounds:
# Benchmarks/run-job3.sh [MEMBERS]
# Switches as in reference/README.md (ROUNDS, ONLY, PART, SECS); ALL=1 takes Flask, FastAPI and PostGIS in, which installs them.
# Nearby: the exact five nearest for 200 points are checked before each run. Applying: each is judged in a confined worker, journaled
# and durable before it is answered; the verdict for 100 members is checked. Writes docs/evidence/speed/job3.md.
set -eu
cd "$(dirname "$0")/.."
members="${1:-100000}"
scratch="${NIANGJIA_SCRATCH:-.build}"
[ "${BUILT:-}" = 1 ] || scripts/build.sh niangjia niangjia-bench niangjia-bench-bare
binaries="$(cd "$scratch/release" && pwd)"
# The reference's own folder.
data=/tmp/bench
mkdir -p "$data/bin" docs/evidence/speed
export NIANGJIA="$binaries/niangjia" BENCH="$binaries/niangjia-bench" BASE="$data/niangjia-job3-$members" CITY="$data/niangjia-job3"
export NIANGJIA_PASSWORD=job-3-password NIANGJIA_NEW_PASSWORD=job-3-password SWIFT_BACKTRACE=enable=no
gcc -O2 -o "$data/bin/gen" Benchmarks/reference/src/gen.c -lsqlite3
[ -s "$data/members_$members.db" ] || "$data/bin/gen" "$members" "$data/members_$members.db" "$data/members_$members.csv"
python3 Benchmarks/reference/src/stations.py "$members"
tables="$(cat Sources/NiangjiaCore/*/*Schema.swift Benchmarks/city/*/*/* | sha256sum | cut -c1-12)"
if [ "$(cat "$BASE.tables" 2>/dev/null)" != "$tables" ]; then
    rm -rf "$BASE" "$BASE.keys" "$data/niangjia-template"
    cp -r Benchmarks/city "$data/niangjia-template"
    sed -i "s/amount: 350000000/amount: $((members * 700))/" "$data/niangjia-template/config/funds.yaml"
    # One account asks as fast as it can; limits by account are for people.
    echo 'limits: {requests_per_minute: 10000000, anonymous_per_minute: 10000000, sign_ins_per_minute: 10000000}' >>"$data/niangjia-template/config/niangjia.yaml"
    "$NIANGJIA" init "$BASE" --template "$data/niangjia-template"
    "$NIANGJIA" account add admin --role system_admin --data "$BASE"
    "$NIANGJIA" account add office --role program_admin --as admin --data "$BASE"
    "$NIANGJIA" account add desk --role clerk --as admin --data "$BASE"
    "$NIANGJIA" config propose --as office --data "$BASE"
    "$BENCH" fill "$BASE" "$data/members_$members.csv"
    python3 - "$BASE/store/niangjia.sqlite" "$data/stations.csv" <<'PY'
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
for line in open(sys.argv[2], encoding="utf-8"):
    number, name, latitude, longitude, address, hours = line.strip().split(",")
    lat, lon = round(float(latitude) * 1e7), round(float(longitude) * 1e7)
    store.execute("INSERT INTO station (id, revision, valid_from, recorded_at, code, name, kind, address, latitude, longitude, source_latitude,"
                  " source_longitude, source_frame, status) VALUES (?, 1, 0, 0, ?, ?, 'outdoor', ?, ?, ?, ?, ?, 'wgs84', 'open')",
                  (int(number), number, name, address, lat, lon, lat, lon))
store.commit()
PY
    echo "$tables" >"$BASE.tables"
fi
export EXTRA="niangjia=$(pwd)/Benchmarks/job3.sh;hummingbird_bare=$binaries/niangjia-bench-bare"
out="$data/job3.txt"
if [ "${ALL:-}" = 1 ]; then
    Benchmarks/reference/run-job3.sh "$members" >"$out" || { cat "$out"; exit 1; }
else
    export ONLY="${ONLY:-nginx_static,nginx_lua,niangjia,hummingbird_bare}"
    python3 Benchmarks/reference/lib/job3.py "$members" >"$out" || { cat "$out"; exit 1; }
fi
{
    echo "# Job 3: HTTP"
    echo
    echo "Written by \`Benchmarks/run-job3.sh\`; nobody edits it. \`get\`: stations nearby; \`apply\`: an application, judged and durable. \`niangjia\`:"
    echo "the shipped server with its front door, sign-in, limits, access log and metrics; an application is judged in a confined worker,"
    echo "journaled, encrypted and sealed in the chain. \`hummingbird_bare\`: one fixed answer. \`rate_x\` and \`cpu_x\` are medians of the ratios"
    echo "to \`nginx_lua\` taken inside each round; processor time is of all server processes, workers included."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after (the ratios were taken inside each round): $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: fixed; counts: $members members, ${STATIONS_N:-3000} stations, ${ROUNDS:-3} rounds of ${SECS:-8} s, wrk -t1 -c32"
    echo
    echo "| part | program | per second | CPU µs each | p50 ms | p99 ms | RSS KiB | rate_x | cpu_x |"
    echo "|---|---|---|---|---|---|---|---|---|"
    sed -n 's/^result job=3 part=\([^ ]*\) name=\([^ ]*\) req_per_s=\([^ ]*\) server_cpu_us=\([^ ]*\) p50_ms=\([^ ]*\) p99_ms=\([^ ]*\) rss_kb=\([^ ]*\) rate_x_floor=\([^ ]*\) cpu_x_floor=\(.*\)$/| \1 | \2 | \3 | \4 | \5 | \6 | \7 | \8 | \9 |/p' "$out"
    echo
    grep '^check' "$out"
} >docs/evidence/speed/job3.md
cat docs/evidence/speed/job3.md
