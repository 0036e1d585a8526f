#!/bin/sh
# the sandbox: generated scripts and failing allocations under ASan and UBSan, attacks timed beside other calls
set -eu
cd "$(dirname "$0")/../.."
seed="${SEED:-20260701}"
count="${SCRIPTS:-100000}"
evidence="${EVIDENCE:-docs/evidence}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -z "$(git status --porcelain -- Sources Tests scripts)" ] || echo "warning: there are changes that are in no commit"

# Our C alone is instrumented; liblua is the system's, as in a city.
lua="${NIANGJIA_LUA_PKGCONFIG:-lua5.4}"
flags="-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -std=gnu11 -D_GNU_SOURCE
       -Wall -Wextra -ISources/CLuaEngine/include -ISources/CLuaEngine $(pkg-config --cflags "$lua")"
sources=$(find Sources/CLuaEngine -name '*.c' ! -name worker.c ! -name spawn.c ! -name memory.c)
harness() { # name, further flags of the allocator: pools would hide small blocks from the sanitizer and from failing
    # shellcheck disable=SC2086 — flags are words
    "${CC:-cc}" $flags $2 -Drealloc=failing_realloc -c Sources/CLuaEngine/memory.c -o "$work/$1.o"
    # shellcheck disable=SC2086,SC2046
    "${CC:-cc}" $flags Tests/SandboxSoak/*.c $sources "$work/$1.o" -o "$work/$1" $(pkg-config --libs "$lua")
}
harness soak -DNIANGJIA_NO_POOLS
harness pooled ""
export ASAN_OPTIONS="log_path=$work/asan:detect_leaks=1" UBSAN_OPTIONS="print_stacktrace=1:log_path=$work/asan"

head_of() { # title
    echo "# $1"
    echo
    echo "Written by \`make soak\` (scripts/soak/sandbox.sh)."
    echo
    echo "- Commit: $(git rev-parse HEAD)"
    echo "- Seed: $seed"
    echo "- Machine: $(uname -srm), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
    echo "- Lua: $(pkg-config --modversion "$lua") ($lua), compiler $("${CC:-cc}" -dumpversion)"
}

failed=0
campaign() { # harness, file, title, command and arguments
    harness="$1"
    file="$evidence/$2"
    title="$3"
    shift 3
    "$work/$harness" "$@" >"$work/out" || failed=$((failed + 1))
    {
        head_of "$title"
        sed -n 's/^RESULT [a-z]*: seed [0-9]*, /- Counts: /p' "$work/out"
        echo
        if grep -q -E '^(DEATH|DIFFERENT)' "$work/out"; then
            echo "## Findings"
            echo
            sed -e '/^RESULT/d' -e 's/^/    /' "$work/out" | head -n 400
        else
            echo "No finding."
        fi
    } >"$file"
    tail -n 1 "$work/out"
}

campaign soak sandbox-scripts.md "Generated scripts under ASan and UBSan, every block by itself" scripts "$seed" "$count" "$work"
campaign pooled sandbox-scripts-pooled.md "Generated scripts under ASan and UBSan, with the engine's pools" scripts "$seed" "$count" "$work"
# shellcheck disable=SC2046 — names without spaces
campaign soak sandbox-allocations.md "Every allocation of the engine failing, from the n-th on and the n-th alone" \
    allocations "$work" plugins/*/main.lua Tests/Attacks/output-*.lua $(grep -l 'verdict: harmless' Tests/Attacks/[!o]*.lua)

NIANGJIA_ONLY=LuaSandbox swift build --manifest-cache=none --build-tests --scratch-path .build-soak >"$work/build" || {
    tail -n 20 "$work/build"
    exit 1
}
NIANGJIA_ONLY=LuaSandbox NIANGJIA_SOAK=1 NIANGJIA_SOAK_OUT="$work/attacks" swift test --manifest-cache=none --skip-build \
    --scratch-path .build-soak --disable-xctest --filter AttackSoak >"$work/out" 2>&1 || {
    failed=$((failed + 1))
    tail -n 20 "$work/out"
}
{
    head_of "Attacks beside other calls"
    cat "$work/attacks"
} >"$evidence/sandbox-attacks.md"
grep '^- Counts' "$work/attacks"
[ "$failed" -eq 0 ]
