#!/bin/sh
# Runs the long campaigns below scripts/soak, one after another. What isn't there isn't run: killing servers for hours, hostile
# scripts and bank files are campaigns of their own that come with their rooms.
set -eu
cd "$(dirname "$0")/.."
found=0
for campaign in scripts/soak/*.sh; do
    [ -f "$campaign" ] || continue
    found=$((found + 1))
    echo "== $campaign: $(sed -n '2s/^# //p' "$campaign")"
    "$campaign"
done
echo "== $found"
