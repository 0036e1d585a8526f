#!/bin/bash
# All checks: format, warnings as errors, every test (generated files up to date is one of them). The last line is
# `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."

# The backtracer can hang for minutes over a worker that a test killed on purpose.
export SWIFT_BACKTRACE=enable=no
export NIANGJIA_STRICT="${NIANGJIA_STRICT:-1}"
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
extra=0

step() {
    echo "== $1"
    shift
    "$@" || { echo "-- $1 failed"; extra=$((extra + 1)); }
}

finish() {
    echo "$1 passed, $2 failed"
    [ "$2" -eq 0 ] && exit 0
    exit 1
}

step "format" make --no-print-directory lint
echo "== build (the first one takes a few minutes)"
# A failing build is one failure; nothing else can be said.
swift build --build-tests ${NIANGJIA_SWIFT_FLAGS:-} || finish 0 $((extra + 1))

# One after another: hundreds at once starve each other on two cores, and worker processes idle out between two lines of a test.
echo "== tests"
swift test --skip-build --no-parallel ${NIANGJIA_SWIFT_FLAGS:-} --disable-xctest --xunit-output "$report/tests.xml" 2>&1 |
    awk '/^(◇|✔|✘|↳|\[)/ { show = !/^(◇|✔ Test |✔ Suite |\[)/ || /^✔ Test run/ } show; fflush()'
status=${PIPESTATUS[0]}

passed=0
failed=0
for file in "$report"/*.xml; do
    [ -f "$file" ] || continue
    all=$(grep -c "<testcase" "$file")
    # One element for each failing test, however many of its expectations failed.
    bad=$(awk '/<testcase/ { open = 1; counted = 0 } /<failure/ { if (open && !counted) { n++; counted = 1 } } END { print n + 0 }' "$file")
    passed=$((passed + all - bad))
    failed=$((failed + bad))
done
# A run that ended in a crash has no complete report, and is a failure whatever the report says.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
if [ "$status" -eq 0 ] && [ "$passed" -eq 0 ]; then
    echo "-- no test has run"
    failed=1
fi

finish "$passed" $((failed + extra))
