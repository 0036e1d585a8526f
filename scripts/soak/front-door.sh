#!/bin/sh
# the front door and real clients: schemathesis with every check, and a generated client that lives through the demo's story
# EXAMPLES (200) an operation, SEED (20260601); EVIDENCE: where the reports go. NIANGJIA: a binary that is built already.
set -eu
cd "$(dirname "$0")/../.."
examples="${EXAMPLES:-200}" seed="${SEED:-20260601}" evidence="${EVIDENCE:-docs/evidence/front-door}"
if [ -z "${NIANGJIA:-}" ]; then
    scratch="${NIANGJIA_SCRATCH:-.build}"
    scripts/build.sh niangjia
    NIANGJIA="$scratch/release/niangjia"
fi
NIANGJIA="$(realpath "$NIANGJIA")"
work="$(mktemp -d)"
server=
cleanup() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT INT TERM
# The clients come from PyPI, into an environment of their own.
venv="${FRONT_DOOR_VENV:-$work/venv}"
[ -x "$venv/bin/schemathesis" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import schemathesis' 2>/dev/null || "$venv/bin/pip" -q install schemathesis==4.32.5
[ -x "$venv/bin/openapi-python-client" ] || "$venv/bin/pip" -q install openapi-python-client==0.29.1

export NIANGJIA_DATA="$work/city" NIANGJIA_SESSIONS="$work/sessions.json" NIANGJIA_PASSWORD=niangjia-demo
export NIANGJIA_NEW_PASSWORD=niangjia-demo
"$NIANGJIA" demo --data "$work/city" --members 1000 --stations 48 >"$work/demo.txt"
# Limits by account are for people; here one account asks as fast as it can.
cat >>"$work/city/config/niangjia.yaml" <<'YAML'
limits: {requests_per_minute: 1000000, anonymous_per_minute: 1000000, sign_ins_per_minute: 1000000}
YAML
"$NIANGJIA" config propose --as office >/dev/null
# One account that may do what accounts may together: the fuzzer is to get behind every door.
person="$("$NIANGJIA" person data --as m-t6-father --json | "$venv/bin/python" -c 'import json,sys; print(json.load(sys.stdin)["person"])')"
roles="member unit clerk keeper reviewer:city treasurer payer program_admin auditor"
# shellcheck disable=SC2046
"$NIANGJIA" account add everybody $(printf -- '--role %s ' $roles) --person "$person" --as admin >/dev/null
# The safety officer of the story is somebody else again.
other="$("$NIANGJIA" decision list --program summer-cooling-2026 --json --as auditor |
    PERSON="$person" "$venv/bin/python" -c 'import json,os,sys
print(next(d["subject"].split(":")[-1] for d in json.load(sys.stdin) if os.environ["PERSON"] not in d["subject"]))')"
"$NIANGJIA" account add officer --role member --person "$other" --as admin >/dev/null
"$NIANGJIA" role give hazard-report safety office --as office >/dev/null
"$NIANGJIA" serve --listen 127.0.0.1:0 >"$work/serve.txt" 2>&1 &
server=$!
for _ in $(seq 100); do
    grep -q '/api/v1/' "$work/serve.txt" && break
    sleep 0.1
done
HOST="$(sed -n 's#.*\(http://127.0.0.1:[0-9]*\)/api/v1/.*#\1#p' "$work/serve.txt" | head -1)"
export HOST WORK="$work" SERVER="$server"
# The story comes first: the fuzzer leaves a city that no story fits.
status=0
PATH="$venv/bin:$PATH" "$venv/bin/python" scripts/soak/front-door/story.py "$work/story.json" || status=1
"$venv/bin/python" scripts/soak/front-door/fuzz.py "$venv/bin/schemathesis" "$examples" "$seed" || status=1
kill "$server" && wait "$server" 2>/dev/null || true
server=
# Whatever was done to it, the books and the chain still hold.
"$NIANGJIA" fund verify --json >"$work/fund.json" || status=1
"$NIANGJIA" audit verify --json >"$work/audit.json" || status=1
commit="$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources scripts || echo ' with changes')"
mkdir -p "$evidence"
"$venv/bin/python" scripts/soak/front-door/report.py "$work" "$evidence" "$commit" "$seed" "$examples" || status=1
exit "$status"
