#!/bin/sh
# Runs the long campaigns below scripts/soak, one after another, and says honestly when there is none.
set -eu
cd "$(dirname "$0")/.."
found=0
for campaign in scripts/soak/*.sh; do
    [ -f "$campaign" ] || continue
    found=$((found + 1))
    echo "== $campaign: $(sed -n '2s/^# //p' "$campaign")"
    "$campaign"
done
if [ "$found" -eq 0 ]; then
    echo "目前没有长时间测试。/ There is no long campaign yet; the tests of \`make test\` are all there is."
fi
