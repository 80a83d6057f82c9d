# What the scripts share: a Python that is new enough, and a .venv that holds what requirements/*.txt lock.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

# The first Python of at least 3.11, or the one that PYTHON names.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "scripts: no Python 3.11 or newer was found; install one, or name it: PYTHON=/path/to/python3.11 $0"
    exit 2
}

# make_venv: an empty .venv, unless there is one that was made at this place. One that was moved or copied here with its
# checkout would go on running the other checkout's code.
make_venv() {
    local place python
    place=$(pwd -P)/.venv/bin/python
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null; then
        # who made it stands in the first two lines of its scripts, in one of two forms
        head -n 2 .venv/bin/pip 2>/dev/null | grep -qF -e "#!$place" -e "exec' $place" -e "exec' \"$place" && return
        say "scripts: .venv belongs to another place; renewing it"
        rm -rf .venv
    fi
    python=$(find_python) || exit 2
    say "scripts: making .venv with $python"
    "$python" -m venv .venv || {
        say "scripts: $python cannot make a virtual environment (on Debian and Ubuntu: apt-get install python3-venv)"
        exit 2
    }
}

# install NAME: what requirements/NAME.txt locks and the project itself, editable, unless that was done for these very files.
install() {
    local locked=requirements/$1.txt mark=.venv/.installed-$1 wanted
    make_venv
    wanted=$(cat setup.cfg pyproject.toml requirements/build.txt "$locked" | .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
    # Two scripts at once must not install at once.
    exec 9>.venv/.lock
    if command -v flock >/dev/null 2>&1; then flock 9; fi
    if [ "$(cat "$mark" 2>/dev/null || true)" != "$wanted" ]; then
        say "scripts: installing the project with $locked into .venv (once; takes a minute)"
        local pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check)
        # the warning that PYTHONWARNINGS keeps quiet is about editable installation itself
        "${pip[@]}" --require-hashes --requirement requirements/build.txt --requirement "$locked" &&
            PYTHONWARNINGS=ignore "${pip[@]}" --no-deps --no-build-isolation --editable . || {
            say "scripts: the installation failed; is the package index reachable?"
            exit 2
        }
        printf '%s\n' "$wanted" >"$mark"
    fi
    exec 9>&-
}
