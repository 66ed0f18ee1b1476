#!/bin/sh
# Install what Stagebridge needs into the checkout: `setup.sh run`, or `setup.sh test` for the tests' needs as well.
# Every part leaves a stamp with the checksum of what it was made from, and is not made again while that stands.
set -eu
cd "$(dirname "$0")/.."
. tools/preflight.sh

log=.cache/setup.log
mkdir -p .cache

# step WHAT COMMAND...: one line of progress; the whole log when it fails.
step() {
    what=$1
    shift
    started=$(date +%s)
    printf '  %s ... ' "$what"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf 'done, %s s\n' "$(($(date +%s) - started))"
    else
        status=$?
        printf 'failed:\n'
        cat "$log" >&2
        exit "$status"
    fi
}

checksum() { cat "$@" | cksum; }

# is STAMP CHECKSUM: was this made from these very sources?
is() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --no-build-isolation --progress-bar off "$@"
}

# forbiddenfruit, under blockbuster, is the one package without a wheel; the pinned setuptools builds it. The lock files
# are whole, so --no-deps: else pip looks for pytest-cov's `coverage[toml]` beside the pin, finds a newer one without a
# hash, and refuses everything on the day that coverage has a new version.
install_locked() {
    pip_install --no-deps --require-hashes --only-binary :all: --no-binary forbiddenfruit --use-pep517 "$@"
}

minor_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# An environment does not survive a moved checkout, a Python that went away, or a change of mind about PYTHON.
environment_is_good() {
    is .venv/.checkout "$PWD" && have=$(minor_version .venv/bin/python) || return 1
    [ -z "${PYTHON:-}" ] || [ "$have" = "$(minor_version "$PYTHON")" ]
}

page_sources() {
    find operator_ui \( -name node_modules -o -name dist -o -name coverage \) -prune -o -type f -print | LC_ALL=C sort
}

if ! environment_is_good; then
    check_node # first, so that nobody waits for pip and is then refused
    python=$(find_python)
    step "Making .venv with $python" "$python" -m venv --clear .venv
    printf '%s' "$PWD" >.venv/.checkout
fi

made_from=$(checksum requirements/build.txt requirements/run.txt)
if ! is .venv/.run "$made_from"; then
    step 'Installing the build backend' install_locked -r requirements/build.txt
    step 'Installing the Python packages' install_locked -r requirements/run.txt
    printf '%s' "$made_from" >.venv/.run
fi

made_from=$(checksum pyproject.toml)
if ! is .venv/.project "$made_from"; then
    step 'Installing Stagebridge itself' pip_install --no-deps --editable .
    printf '%s' "$made_from" >.venv/.project
fi

made_from=$(checksum operator_ui/package.json operator_ui/package-lock.json)
if ! is operator_ui/node_modules/.installed "$made_from"; then
    check_node
    step "Installing the pages' packages" npm --prefix operator_ui ci --no-audit --no-fund
    printf '%s' "$made_from" >operator_ui/node_modules/.installed
fi

made_from=$(page_sources | tr '\n' '\0' | xargs -0 cksum | cksum)
if ! { [ -d operator_ui/dist ] && is operator_ui/node_modules/.built "$made_from"; }; then
    check_node
    step 'Building the pages' npm --prefix operator_ui run build
    printf '%s' "$made_from" >operator_ui/node_modules/.built
fi

if [ "${1:-run}" = test ]; then
    made_from=$(checksum requirements/build.txt requirements/test.txt)
    if ! is .venv/.test "$made_from"; then
        step 'Installing what the tests need' install_locked -r requirements/test.txt
        printf '%s' "$made_from" >.venv/.test
    fi
fi
