#!/usr/bin/env bash
# Puts uv, pinned by hash in tools.lock, into .tools; installs python3-venv first where Debian left it out and we may.
set -euo pipefail
python=${1:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
  echo "There is no $python on this machine. Install Python 3.11 or newer, then run make again." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "$("$python" --version) is too old: Python 3.11 or newer is needed. Name one with make PYTHON=python3.12." >&2
  exit 1
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
  if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "Installing python3-venv ..."
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq </dev/null >/dev/null
    as_root apt-get install -y -qq --no-install-recommends python3-venv ca-certificates </dev/null >/dev/null 2>&1
  else
    echo "Python's venv module is missing. Install it (Debian: apt-get install python3-venv), then run make again." >&2
    exit 1
  fi
fi

"$python" -m venv --clear .tools
.tools/bin/python -m pip install -q --require-hashes --only-binary :all: -r tools.lock </dev/null
