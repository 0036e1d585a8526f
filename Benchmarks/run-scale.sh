#!/bin/sh
# What a member costs as cities grow, memory, first numbers, fifty programs in one sweep: Benchmarks/run-scale.sh [MEMBERS...]
# Switch: ROUNDS (3). Writes docs/evidence/speed/scale.md.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 10000 100000 1000000
scratch="${NIANGJIA_SCRATCH:-.build}"
scripts/build.sh niangjia niangjia-bench
binaries="$(cd "$scratch/release" && pwd)"
data="${BENCH_DATA:-/tmp/bench}"
mkdir -p "$data/bin" docs/evidence/speed
export NIANGJIA="$binaries/niangjia" BENCH="$binaries/niangjia-bench" SWIFT_BACKTRACE=enable=no
export NIANGJIA_PASSWORD=scale-password NIANGJIA_NEW_PASSWORD=scale-password
gcc -O2 -o "$data/bin/gen" Benchmarks/reference/src/gen.c -lsqlite3
gcc -O2 -o "$data/bin/job1_lua" Benchmarks/reference/src/job1.c -DUSE_LUA -I/usr/include/lua5.4 -lsqlite3 -llua5.4 -lm
base="$data/niangjia-scale"
most=0
for members; do
    [ -s "$data/members_$members.csv" ] || "$data/bin/gen" "$members" "$data/members_$members.db" "$data/members_$members.csv"
    rm -rf "$base-$members" "$base-$members.keys" "$data/niangjia-template"
    cp -r Benchmarks/city "$data/niangjia-template"
    sed -i "s/amount: 350000000/amount: $((members * 350))/" "$data/niangjia-template/config/funds.yaml"
    "$NIANGJIA" init "$base-$members" --template "$data/niangjia-template" >/dev/null
    "$NIANGJIA" account add admin --role system_admin --data "$base-$members" >/dev/null
    "$NIANGJIA" account add office --role program_admin --as admin --data "$base-$members" >/dev/null
    "$NIANGJIA" config propose --as office --data "$base-$members" >/dev/null
    "$BENCH" fill "$base-$members" "$data/members_$members.csv" >/dev/null
    most=$members
done
out="$data/scale.txt"
python3 Benchmarks/scale.py "$base" "$@" >"$out"
# What the reference keeps in memory for the same members.
cp "$data/members_$most.db" "$data/scale.db"
reference=$(RULE=Benchmarks/reference/src/rule.lua python3 -c "
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)" "$data/bin/job1_lua" "$data/scale.db" 10000 fresh)
rm -f "$data/scale.db" "$data/scale.db-wal" "$data/scale.db-shm"
{
    echo "# What a member costs as cities grow"
    echo
    echo "Written by \`Benchmarks/run-scale.sh\`; nobody edits it. The shipped commands over 5 facts; processor time of host and workers,"
    echo "medians. \`first\`: when a preview told its first running numbers, in hundredths of its whole time, starting included;"
    echo "\`of\`: of how many hundredths of the members it told them (to reach: before a twentieth of the whole is done)."
    echo "Memory: the most PSS of host and workers together, sampled fifty times a second in runs of their own, of preview"
    echo "and decide (to reach: 4 times the reference's at a million)."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after: $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: fixed in \`Benchmarks/reference/src/gen.c\`; counts: $* members, ${ROUNDS:-3} rounds"
    echo
    echo "| members | decide, µs a member | preview, µs a member | PSS, KiB | first | of |"
    echo "|---|---|---|---|---|---|"
    sed -n 's/^size n=\([^ ]*\) decide_us=\([^ ]*\) preview_us=\([^ ]*\) pss_kib=\([^ ]*\) first=\([^ ]*\) done=\(.*\)$/| \1 | \2 | \3 | \4 | \5 | \6 |/p' "$out"
    echo
    echo "* peak RSS of the reference (C, liblua, sqlite3, one thread) at $most members: $reference KiB"
    sed -n 's/^sweep n=\([^ ]*\) programs=\([^ ]*\) cpu=\([^ ]*\) parts=\([^ ]*\) ratio=\(.*\)$/* \2 open programs in one sweep over \1 members: \3 processor seconds; one by one \4; ratio \5/p' "$out"
} >docs/evidence/speed/scale.md
cat docs/evidence/speed/scale.md
