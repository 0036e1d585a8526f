#!/bin/sh
# the largest demo city, written twice: flat memory, unique ID numbers, the same bytes
set -eu
cd "$(dirname "$0")/../.."
NIANGJIA_ONLY=NiangjiaDemo NIANGJIA_SOAK=1 swift test --manifest-cache=none --scratch-path .build-soak --disable-xctest \
    --filter DemoSoakTests
