#!/bin/sh
# An import of a million people: checked, taken and taken again, rate and peak memory in docs/evidence
set -eu
cd "$(dirname "$0")/../.."
scratch="${NIANGJIA_SCRATCH:-.build-soak}"
export NIANGJIA_ONLY=Soak
NIANGJIA_SCRATCH="$scratch" scripts/build.sh niangjia-soak
NIANGJIA_COMMIT="$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- Sources Tests || echo ' with changes')"
export NIANGJIA_COMMIT
exec "$scratch/release/niangjia-soak" --evidence docs/evidence "$@" import
