#!/bin/sh
# Writes what is generated from one description: JSON Schemas of the files that people write, the plugin API's reference,
# the stubs for editors, the list of HTTP routes. The tests that write them are the ones that compare them: `make test` fails where one is out of date.
set -eu
cd "$(dirname "$0")/.."
export NIANGJIA_ONLY=NiangjiaConfig,NiangjiaPlugins,NiangjiaWeb,NiangjiaTesting NIANGJIA_UPDATE=1
swift test --manifest-cache=none --scratch-path .build-generate --disable-xctest \
    --filter "NiangjiaConfigTests.*schemas|NiangjiaPluginsTests.*generated|NiangjiaWebTests.*generated"
git status --short docs/reference 2>/dev/null || true
