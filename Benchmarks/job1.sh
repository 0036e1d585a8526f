#!/bin/sh
# What run-job1.sh puts into the reference's rounds: job1.sh prepare | decide FACTS | preview FACTS | export DB
# NIANGJIA: the shipped binary; BENCH: niangjia-bench; BASE: a city with the members and nothing decided; CITY: its copy.
set -eu
export NIANGJIA_PASSWORD="${NIANGJIA_PASSWORD:-job-1-password}" SWIFT_BACKTRACE=enable=no
command() { # operation, facts
    echo "$2" >"$CITY.facts"
    # By the sign-in that was opened beforehand, as somebody does who works all day.
    env -u NIANGJIA_PASSWORD "$NIANGJIA" program "$1" "cooling-$2" --as-of 2026-07-01 --as office --data "$CITY" --json
}
totals() {
    python3 -c 'import json, sys; said = json.load(open(sys.argv[1])); print("count=%(granted)d total_fen=%(amount_fen)d" % said)' "$1"
}
case "$1" in
prepare)
    rm -rf "$CITY" "$CITY.keys" "$CITY.facts"
    cp -r "$BASE" "$CITY"
    cp "$BASE.keys" "$CITY.keys"
    "$NIANGJIA" account login --as office --data "$CITY" >/dev/null
    sync
    ;;
decide | preview)
    command "$1" "$2" >"$CITY.out"
    totals "$CITY.out"
    ;;
export)
    # What a preview said is checked against what deciding then gives.
    [ -n "$(sqlite3 "$CITY/store/niangjia.sqlite" 'SELECT 1 FROM run LIMIT 1')" ] || command decide "$(cat "$CITY.facts")" >/dev/null
    # What the journal keeps of the run.
    sqlite3 "$CITY/store/niangjia.sqlite" \
        'SELECT round(1.0 * sum(length(bytes) + length(lines)) / sum(count), 1) FROM run_block' >"$BASE.journal-$(cat "$CITY.facts")"
    "$BENCH" export "$CITY" "$2"
    "$NIANGJIA" audit verify --data "$CITY" >"$CITY.audit" || { cat "$CITY.audit"; exit 1; }
    ;;
esac
