#!/bin/sh
# the front door under violence: slow senders and readers, twice the load it can carry, killed under load; the proxy's sample
# SECONDS_EACH (20) for each phase of load, KILLS (10); EVIDENCE: where the report goes. NIANGJIA: a binary that is built already.
set -eu
cd "$(dirname "$0")/../.."
export EVIDENCE="${EVIDENCE:-docs/evidence/front-door}" SECONDS_EACH="${SECONDS_EACH:-20}" KILLS="${KILLS:-10}"
if [ -z "${NIANGJIA:-}" ]; then
    scratch="${NIANGJIA_SCRATCH:-.build}"
    scripts/build.sh niangjia
    NIANGJIA="$scratch/release/niangjia"
fi
NIANGJIA="$(realpath "$NIANGJIA")"
export NIANGJIA
for tool in wrk nginx openssl python3; do
    command -v "$tool" >/dev/null || { echo "apt-get install wrk nginx-light openssl python3: $tool is missing" >&2; exit 1; }
done
mkdir -p "$EVIDENCE"
NIANGJIA_COMMIT="$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources || echo ' with changes')"
export NIANGJIA_COMMIT
ulimit -n "$(ulimit -Hn)"
exec python3 scripts/soak/front-door/load.py
