#!/bin/sh
# What a newcomer waits for: both commands of the README from a clean clone of HEAD, step by step. Benchmarks/run-build.sh
# MEMBERS= and STATIONS= as for make run. Writes docs/evidence/build-and-demo-city.md.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd)
members="${MEMBERS:-27000}"
stations="${STATIONS:-48}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$here" "$work/clone"
cd "$work/clone"
commit=$(git rev-parse --short=12 HEAD)
export NIANGJIA_STRICT=1 SWIFT_BACKTRACE=enable=no

timed() { # what, command and arguments
    echo "== $1"
    what="$1"
    shift
    from=$(date +%s%N)
    "$@" >"$work/out" 2>&1 || { tail -n 40 "$work/out"; exit 1; }
    to=$(date +%s%N)
    echo "| $what | $(((to - from) / 1000000000)).$((((to - from) / 100000000) % 10)) |" | tee -a "$work/rows"
}

timed "packages that are there already" make --no-print-directory packages
timed "\`swift package resolve\`" swift package resolve
timed "swift-argument-parser, debug" swift build --target ArgumentParser
timed "hummingbird with everything it brings, debug" swift build --target Hummingbird
timed "our own code and all tests, debug, after those" swift build --build-tests
timed "\`make test\` on that: format, nothing to build, every test" make --no-print-directory test
tests=$(tail -n 1 "$work/out")
timed "release build from nothing (\`make build\`)" make --no-print-directory build
size=$(($(stat -c %s .build/release/niangjia) / 1000000))
timed "\`make run\`'s story over $members members, release" \
    .build/release/niangjia demo --data "$work/city" --members "$members" --stations "$stations"
timed "the same once more: nothing is left to do" \
    .build/release/niangjia demo --data "$work/city" --members "$members" --stations "$stations"

mkdir -p "$here/docs/evidence"
{
    echo "# How long a first build and the demo city take"
    echo
    echo "Written by \`Benchmarks/run-build.sh\` from a clean clone; nobody edits it."
    echo
    echo "* commit: $commit"
    echo "* machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $(sed -n 's/^MemTotal: *//p' /proc/meminfo), $(swift --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/Swift \1/p' | head -n 1)"
    echo "* load of the machine just after: $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "* seed: the demo city's own; counts: one run each, $tests, a binary of $size MB"
    echo
    echo "| what | seconds |"
    echo "|---|---|"
    cat "$work/rows"
} >"$here/docs/evidence/build-and-demo-city.md"
cat "$here/docs/evidence/build-and-demo-city.md"
