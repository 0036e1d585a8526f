#!/bin/sh
# Sees to it that what is built against is there; quick and silent when it is. Debian 12 names; other systems get a list.
set -eu
cd "$(dirname "$0")/.."

# `pkg-config name:Debian package` of each system library, from the one table in Package.swift.
needed=$(sed -n 's/^ *("C[A-Za-z]*", \(.*\), "\(lib[^"]*\)"),$/\1:\2/p' Package.swift |
    sed "s/luaPackage/${NIANGJIA_LUA_PKGCONFIG:-lua5.4}/; s/\"//g")

missing=""
command -v pkg-config >/dev/null 2>&1 || missing="pkg-config"
for pair in $needed; do
    if [ "$missing" = "pkg-config" ] || ! pkg-config --exists "${pair%%:*}"; then
        missing="$missing ${pair#*:}"
    fi
done

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "缺少以下开发包,请用本系统的包管理器安装 / install with this system's package manager:" >&2
        echo "   $missing" >&2
        exit 1
    fi
    echo "安装依赖 / installing:$missing"
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "需要管理员权限,请先运行 / needs root, run first: apt-get install$missing" >&2
            exit 1
        }
        as_root="sudo"
    fi
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 — a list of words is meant
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi

# Swift itself is not installed from here: it comes from swift.org, not from the distribution.
found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
case "$found" in
    6.[3-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
    "")
        echo "找不到 Swift。请从 https://www.swift.org/install/linux/ 安装 6.3 并放进 PATH。" >&2
        echo "Swift not found. Install 6.3 from https://www.swift.org/install/linux/ and put it on PATH." >&2
        exit 1
        ;;
    *)
        echo "需要 Swift 6.3 或更新版本,现在是 $found。/ Swift 6.3 or newer is needed, this is $found." >&2
        exit 1
        ;;
esac
