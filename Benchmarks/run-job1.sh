#!/bin/sh
# Job 1 of the reference programs with the shipped `niangjia program decide` and `preview` in the same alternated rounds:
# Benchmarks/run-job1.sh [MEMBERS]
# Switches as in reference/README.md (ROUNDS, ONLY); PLAIN=1 runs only the C floor and SQLite's SQL beside ours and installs nothing.
# Every run starts from a city of its own with nothing decided; what it decided is checked against the reference's counts, sums
# and hash, and its chain and journal are verified. Writes docs/evidence/speed/job1.md.
set -eu
cd "$(dirname "$0")/.."
members="${1:-1000000}"
scratch="${NIANGJIA_SCRATCH:-.build}"
scripts/build.sh niangjia niangjia-bench
binaries="$(cd "$scratch/release" && pwd)"
# The reference's own folder.
data=/tmp/bench
mkdir -p "$data/bin" docs/evidence/speed
export NIANGJIA="$binaries/niangjia" BENCH="$binaries/niangjia-bench" BASE="$data/niangjia-$members" CITY="$data/niangjia-work"
export NIANGJIA_PASSWORD=job-1-password NIANGJIA_NEW_PASSWORD=job-1-password SWIFT_BACKTRACE=enable=no
here="$(pwd)"
if [ "${PLAIN:-}" = 1 ]; then
    gcc -O2 -o "$data/bin/gen" Benchmarks/reference/src/gen.c -lsqlite3
    gcc -O2 -o "$data/bin/job1_lua" Benchmarks/reference/src/job1.c -DUSE_LUA -I/usr/include/lua5.4 -lsqlite3 -llua5.4 -lm
    [ -s "$data/members_$members.db" ] || "$data/bin/gen" "$members" "$data/members_$members.db" "$data/members_$members.csv"
    export ONLY="${ONLY:-c_lua54,sqlite_sql,decide_5,decide_14,preview_5,preview_14}"
fi
# A city of the reference's members: made by the shipped commands, filled once for this commit's tables.
tables="$(cat Sources/NiangjiaCore/*/*Schema.swift | sha256sum | cut -c1-12)"
if [ "$(cat "$BASE.tables" 2>/dev/null)" != "$tables" ]; then
    [ -s "$data/members_$members.csv" ] || Benchmarks/reference/run-job1.sh "$members" >/dev/null
    rm -rf "$BASE" "$BASE.keys"
    template="$data/niangjia-template"
    rm -rf "$template"
    cp -r Benchmarks/city "$template"
    sed -i "s/amount: 350000000/amount: $((members * 350))/" "$template/config/funds.yaml"
    "$NIANGJIA" init "$BASE" --template "$template"
    "$NIANGJIA" account add admin --role system_admin --data "$BASE"
    "$NIANGJIA" account add office --role program_admin --as admin --data "$BASE"
    "$NIANGJIA" config propose --as office --data "$BASE"
    "$BENCH" fill "$BASE" "$data/members_$members.csv"
    echo "$tables" >"$BASE.tables"
fi
extra=""
for what in decide preview; do
    for facts in 5 14; do extra="${extra}${what}_$facts=$here/Benchmarks/job1.sh $what $facts;"; done
done
export EXTRA="$extra" PREPARE="$here/Benchmarks/job1.sh prepare" EXPORT="$here/Benchmarks/job1.sh export {db}"
out="$data/job1.txt"
if [ "${PLAIN:-}" = 1 ]; then
    python3 Benchmarks/reference/lib/job1.py "$members" >"$out" || { cat "$out"; exit 1; }
else
    Benchmarks/reference/run-job1.sh "$members" >"$out" || { cat "$out"; exit 1; }
fi
{
    echo "# Job 1: a million decided"
    echo
    echo "Written by \`Benchmarks/run-job1.sh\`; nobody edits it. \`decide_N\`: the shipped \`niangjia program decide\` over N facts, from"
    echo "its start to its end: a sign-in opened before, roles checked, facts read from its own store, rules in confined workers, journal sealed and"
    echo "encrypted, money held in the ledger. \`preview_N\`: the shipped \`niangjia program preview\`. \`wall_x\` and \`cpu_x\` are medians"
    echo "of the ratios to \`c_lua54\` (C, liblua, sqlite3, one thread) taken inside each round; processor time is of host and workers."
    echo
    echo "* commit: $(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Benchmarks || echo ' with changes')"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
    echo "* load of the machine just after (the ratios were taken inside each round): $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: fixed in \`Benchmarks/reference/src/gen.c\`; counts: $members members, ${ROUNDS:-3} rounds"
    echo
    echo "| program | seconds | CPU seconds | members a second | peak RSS of one process, KiB | wall_x | cpu_x |"
    echo "|---|---|---|---|---|---|---|"
    sed -n 's/^result job=1 name=\([^ ]*\) n=[0-9]* seconds=\([^ ]*\) cpu_seconds=\([^ ]*\) rows_per_s=\([^ ]*\) peak_rss_kb=\([^ ]*\) wall_x_floor=\([^ ]*\) cpu_x_floor=\(.*\)$/| \1 | \2 | \3 | \4 | \5 | \6 | \7 |/p' "$out"
    echo
    echo "Bytes of the journal a member (facts, verdicts, and whom they are about, compressed and sealed): $(cat "$BASE.journal-5") over 5 facts, $(cat "$BASE.journal-14") over 14."
    echo
    grep '^check' "$out"
} >docs/evidence/speed/job1.md
cat docs/evidence/speed/job1.md
