#!/bin/sh
# tools/offline.sh [FOLDER]  one archive of the committed source and all wheels of the product, for a machine without
#                            internet; written into FOLDER (default: dist), with its SHA-256 beside it
#
# There: unpack it, then `make run` or `sh tools/setup.sh run`; both install from the wheels in the archive and ask no network.
# The archive fits machines with the same version of Python, PYTHON=python3.13 chooses another one, and of the same kind;
# MACHINE=aarch64 is for the other kind of Linux machine, glibc 2.28 or newer.
set -eu
cd "$(dirname "$0")/.."

main() {
    git rev-parse --git-dir >/dev/null 2>&1 || fail "The archive is made from a clone: git archive packs what is committed."
    python=${PYTHON:-python3}
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    machine=${MACHINE:-$(uname -m)}
    name=kpi-board-$(git rev-parse --short=7 HEAD)-py$version-$machine
    target=$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)
    build=$(mktemp -d)
    trap 'rm -rf "$build"' EXIT

    git archive --prefix="$name/" HEAD | tar -xf - -C "$build"
    download "$build/$name"
    tar -czf "$target/$name.tar.gz" -C "$build" "$name"
    cd "$target"
    digest "$name.tar.gz" >"$name.tar.gz.sha256"
    echo "$target/$name.tar.gz: $(($(wc -c <"$name.tar.gz") / 1048576)) MB. Check it after it was carried: sha256sum -c $name.tar.gz.sha256"
}

# The product's wheels, hash by hash, into $1/wheels.
download() {
    "$python" -m venv "$build/venv"
    sed '/^# For tests and checks:/,$d' "$1/requirements.lock" >"$build/requirements.txt"
    # shellcheck disable=SC2046
    "$build/venv/bin/python" -m pip download --quiet --no-input --disable-pip-version-check --require-hashes \
        --only-binary :all: $(platforms) -r "$build/requirements.txt" -d "$1/wheels" ||
        fail "Not every wheel could be downloaded, see above."
}

# For another kind of machine pip takes a list of what that runs, oldest first.
platforms() {
    [ "$machine" = "$(uname -m)" ] && return
    for glibc in manylinux2014 manylinux_2_17 manylinux_2_24 manylinux_2_26 manylinux_2_27 manylinux_2_28; do
        printf '%s ' --platform "${glibc}_$machine"
    done
}

digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi
}

fail() {
    echo "$*" >&2
    exit 1
}

main "$@"
