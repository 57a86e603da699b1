#!/usr/bin/env bash
# Set up the virtual environment of this checkout from the hashed lock: with uv when it is there, else with pip.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        # A name on the PATH may be a shim of a version that is not installed, so it has to run.
        if "$name" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "Shipwatch needs Python 3.11 or newer, and none of python3.13, python3.12, python3.11, python3 here is." >&2
    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and run make again." >&2
    exit 1
}

works() { "$venv/bin/python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

make_with_uv() {
    works || uv venv --quiet --clear --python "$python" "$venv"
    uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r requirements.lock
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
}

make_with_pip() {
    works || "$python" -m venv --clear "$venv" || {
        echo "$python cannot make a virtual environment. Debian, Ubuntu: apt-get install python3-venv; then run make again." >&2
        exit 1
    }
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip --upgrade >/dev/null
    "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements.lock
    "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
}

python=$(find_python)
if command -v uv >/dev/null; then
    echo "Setting up $venv with uv and $("$python" -V) (once, a minute or so)" >&2
    make_with_uv
else
    echo "Setting up $venv with pip and $("$python" -V) (once, a minute or two)" >&2
    make_with_pip
fi
