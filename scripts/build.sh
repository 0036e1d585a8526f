#!/bin/sh
# Release builds of products, with Swift's runtime and Foundation linked in: scripts/build.sh PRODUCT…
# What comes out runs on a Debian 12 that has no Swift, and starts in two thirds of the time. The linker's word about mktemp comes
# from Foundation's own archive: nothing here calls it. NIANGJIA_SCRATCH: where to build (.build).
set -eu
cd "$(dirname "$0")/.."
for product in "$@"; do
    swift build -c release --static-swift-stdlib --scratch-path "${NIANGJIA_SCRATCH:-.build}" --product "$product"
done
