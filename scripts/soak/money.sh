#!/bin/sh
# The books under violence: the bank test, idempotency keys, mutations, a payment's life, a full disk; figures in docs/evidence
set -eu
cd "$(dirname "$0")/../.."
scratch="${NIANGJIA_SCRATCH:-.build}"
# One build for both: the campaigns, and the workers that the audited city's rules run in.
swift build -c release --scratch-path "$scratch" --product niangjia-worker
swift build -c release --scratch-path "$scratch" --product niangjia-soak
# The campaign `batch` types commands.
case " $* " in *" batch "*) swift build -c release --scratch-path "$scratch" --product niangjia ;; esac
NIANGJIA_COMMIT="$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Tests || echo ' with changes')"
export NIANGJIA_COMMIT
exec "$scratch/release/niangjia-soak" --evidence docs/evidence/money "$@"
