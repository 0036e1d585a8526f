#!/bin/sh
# an import of a million people, streamed: rate and memory are printed
set -eu
cd "$(dirname "$0")/../.."
NIANGJIA_ONLY=NiangjiaExchange,NiangjiaTesting NIANGJIA_IMPORT_ROWS="${ROWS:-1000000}" swift test --manifest-cache=none \
    --scratch-path .build-soak --disable-xctest --filter ImportMeasure
