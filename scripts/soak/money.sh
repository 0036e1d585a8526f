#!/bin/sh
# The books under violence: the bank test, idempotency keys, mutations, a payment's life, a full disk; figures in docs/evidence
set -eu
cd "$(dirname "$0")/../.."
scratch="${NIANGJIA_SCRATCH:-.build}"
# One build for both: the campaigns, and the workers that the audited city's rules run in.
scripts/build.sh niangjia-worker niangjia-soak
# The campaign `batch` types commands.
case " $* " in *" batch "*) scripts/build.sh niangjia ;; esac
NIANGJIA_COMMIT="$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Tests || echo ' with changes')"
export NIANGJIA_COMMIT
exec "$scratch/release/niangjia-soak" --evidence docs/evidence/money "$@"
