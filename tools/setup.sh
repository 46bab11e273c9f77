#!/bin/sh
# tools/setup.sh run      .venv has what the product needs
# tools/setup.sh lake     .venv has what a store on DuckLake needs too
# tools/setup.sh test     .venv has what tests and checks need too
# tools/setup.sh fuzz     .venv has the fuzzer too
# tools/setup.sh peers    .venv-peers has what the dashboard is measured beside
# tools/setup.sh browser  there is a Chromium, with Chinese fonts, for the browser tests, and nginx to look through
# tools/setup.sh postgres there are the programs of PostgreSQL, for `make test-scale`; no server is started
#
# Each does nothing, and needs no network, when that is already so. What is installed in .venv is exactly what requirements.lock
# says, hash by hash; in .venv-peers what requirements-peers.txt says. A changed lock, an interrupted install or a Python that is
# gone begins with a new .venv.
# PYTHON=python3.13 chooses the Python of a new .venv. Where there is a folder wheels/, as in the archive of `make offline`,
# what is installed comes from there alone.
set -eu
cd "$(dirname "$0")/.."

main() {
    case ${1-} in
        run | lake | test) installed "$1" || install "$1" ;;
        fuzz) installed fuzz || { can_fuzz && install fuzz; } ;;
        peers) has_peers || peers ;;
        browser) browser && proxy ;;
        postgres) database ;;
        *) fail "usage: tools/setup.sh run|lake|test|fuzz|peers|browser|postgres" ;;
    esac
}

# True when .venv works and was filled for $1 (run, lake, test, fuzz) from this very lock: its copy of the lock is written last.
installed() {
    cmp -s requirements.lock ".venv/$1.lock" && .venv/bin/python -c 'import pip' 2>/dev/null
}

install() {
    if ! installed run; then
        python=$(find_python)
        rm -rf .venv
        "$python" -m venv .venv
    fi
    rm -f .venv/run.lock
    part_of_lock "$1" >.venv/requirements.txt
    echo "Installing into .venv what 'make $1' needs; the first time this takes a minute or two."
    offline=''
    if [ -d wheels ]; then offline='--no-index --find-links wheels'; fi
    # Wheels only: no compiler is needed and no package's set-up code is run.
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check $offline \
        --require-hashes --only-binary :all: -r .venv/requirements.txt ||
        fail "Not everything could be installed, see above. To try again: make $1"
    for done in run lake test fuzz; do
        cp requirements.lock ".venv/$done.lock"
        if [ "$done" = "$1" ]; then break; fi
    done
}

# Each part of the lock needs the ones before it.
part_of_lock() {
    case $1 in
        run) sed '/^# For DuckLake:/,$d' requirements.lock ;;
        lake) sed '/^# For tests and checks:/,$d' requirements.lock ;;
        test) sed '/^# For fuzzing:/,$d' requirements.lock ;;
        fuzz) cat requirements.lock ;;
    esac
}

can_fuzz() {
    [ "$(uname -sm)" = 'Linux x86_64' ] ||
        fail "The fuzzer runs on Linux on x86-64 only. Its short form is part of 'make test'."
}

# True when .venv-peers works and was filled from these very pins: its copy of them is written last.
has_peers() {
    cmp -s requirements-peers.txt .venv-peers/installed.txt && .venv-peers/bin/python -c 'import pip' 2>/dev/null
}

peers() {
    python=$(find_python)
    rm -rf .venv-peers
    "$python" -m venv .venv-peers
    echo "Installing into .venv-peers what 'make bench-peers' measures the dashboard beside."
    .venv-peers/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --only-binary :all: --no-deps -r requirements-peers.txt ||
        fail "Not everything could be installed, see above. To try again: make bench-peers"
    cp requirements-peers.txt .venv-peers/installed.txt
}

# Prints a Python that can run the product. Newer than 3.14 is out: the lock has no wheels for it.
find_python() {
    unfit='' without_venv=''
    for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        case $version in
            3.11 | 3.12 | 3.13 | 3.14)
                # Debian packs these two apart from Python.
                if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
                    echo "$python"
                    return
                fi
                without_venv=${without_venv:-${python##*/}}
                ;;
            *) unfit=${unfit:-$version} ;;
        esac
    done
    if [ -n "$without_venv" ]; then
        fail "The venv module of $without_venv is missing. Install it: $(installer "$without_venv-venv" python@3.14)"
    elif [ -n "$unfit" ]; then
        fail "Python 3.11 to 3.14 is missing; this is $unfit. Install it:" \
            "$(installer 'python3.11 python3.11-venv' python@3.14)"
    fi
    fail "Python 3.11 to 3.14 is missing. Install it: $(installer 'python3 python3-venv' python@3.14)"
}

browser() {
    with_deps=''
    if can_apt_get; then
        with_deps=--with-deps
        [ -n "$(fc-list :lang=zh 2>/dev/null)" ] || apt_get fontconfig fonts-noto-cjk || true
        command -v chromium >/dev/null || apt_get chromium || true
    fi
    command -v chromium >/dev/null && return
    # Ubuntu has no Debian package of Chromium, others may not be root: Playwright brings its own.
    .venv/bin/python -m playwright install ${with_deps:+"$with_deps"} chromium ||
        fail "A browser for the tests is missing. Install it: $(installer 'chromium fonts-noto-cjk' chromium)"
}

# Where it is missing and cannot be had, the tests that need it say so and are left out. It is unpacked, not installed:
# the package would start a server on port 80.
proxy() {
    for package in nginx nginx-core; do # Debian has the program in the one, Ubuntu in the other
        has_nginx || ! can_apt_get || unpack "$package" || true
    done
}

has_nginx() {
    PATH=$PATH:/usr/sbin:.venv/nginx/usr/sbin command -v nginx >/dev/null
}

unpack() {
    echo "Unpacking $1 for the browser tests."
    folder=$(mktemp -d)
    apt-get -qq update
    (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download "$1") && dpkg -x "$folder"/*.deb .venv/nginx
    rm -rf "$folder"
}

database() {
    if has_postgres; then return; fi
    if can_apt_get; then
        # The package would make and start a server of its own.
        mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        apt_get postgresql
    fi
    has_postgres || fail "PostgreSQL is missing. Install it: $(installer postgresql postgresql)"
}

has_postgres() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null
}

can_apt_get() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

apt_get() {
    echo "Installing $* for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

# Prints the command that installs $1 here with apt-get, or $2 with Homebrew.
installer() {
    if [ "$(uname)" = Darwin ]; then
        echo "brew install $2"
    elif [ "$(id -u)" = 0 ]; then
        echo "apt-get update && apt-get install -y $1"
    else
        echo "sudo apt-get update && sudo apt-get install -y $1"
    fi
}

fail() {
    echo "$*" >&2
    exit 1
}

main "$@"
