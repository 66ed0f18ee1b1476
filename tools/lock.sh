#!/bin/sh
# Write requirements/*.txt from requirements/*.in, for Python 3.11 and later on every system, with the hash of every
# file that the index holds. What is locked stays as it is while *.in allows it; `lock.sh --upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."
. tools/preflight.sh

python=$(find_python)
"$python" -m venv --clear .cache/lock
.cache/lock/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
# run before test: test.in keeps to what run.txt chose.
for name in lock build run test; do
    .cache/lock/bin/uv pip compile --quiet "$@" --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-config --no-emit-index-url --custom-compile-command 'make lock' \
        --output-file "requirements/$name.txt" "requirements/$name.in"
done
"$python" -m tools.locks
