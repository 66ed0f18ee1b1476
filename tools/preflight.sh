# What this machine must have before anything is installed. Sourced by setup.sh.
# Each refusal is one line: what is needed, what was found, what to do.

refuse() {
    printf 'Stagebridge needs %s\n' "$*" >&2
    exit 1
}

# Print the first Python that will do; PYTHON=... allows no other.
find_python() {
    without_venv='' seen=none
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
        seen="PYTHON=$PYTHON, which does not start"
    else
        set -- python3.13 python3.12 python3.11 python3
    fi
    for candidate; do
        version=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            seen="$candidate, which is $version"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            without_venv=${without_venv:-"$candidate ($version)"}
        else
            command -v "$candidate"
            return
        fi
    done
    if [ -n "$without_venv" ]; then
        package=python${without_venv#*\(}
        package=$(printf '%s' "$package" | cut -d. -f1,2)-venv
        refuse "Python's venv module, and $without_venv comes without it:" \
            "install it (on Debian or Ubuntu: apt-get install $package), or name another Python: make setup PYTHON=/path/to/python"
    fi
    refuse "Python 3.11 or newer; found $seen:" \
        "install Python 3.11 or newer with its venv module, or name one: make setup PYTHON=/path/to/python"
}

# Vite 8 and Vitest 4 say which Node they run on; this is where the two agree.
check_node() {
    wanted='Node 20.19 or newer (20.19+, 22.12+, 24+)'
    version=$(node --version 2>/dev/null) || refuse "$wanted; found none:" \
        "install Node from your system's packages or nodejs.org, with npm, and see that node is on PATH"
    major=${version#v} && major=${major%%.*}
    minor=${version#v*.} && minor=${minor%%.*}
    if [ "$major" -ge 24 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 12 ]; } || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }; then
        :
    else
        refuse "$wanted; found $(command -v node), which is $version:" "install a newer Node from your system's packages or nodejs.org"
    fi
    npm --version >/dev/null 2>&1 || refuse "npm, and node $version comes without it:" \
        "install npm (on Debian or Ubuntu: apt-get install npm)"
}
