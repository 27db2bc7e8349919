#!/usr/bin/env bash
# Puts uv, pinned by hash in tools.lock, into .tools; installs python3-venv first where Debian left it out and we may.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

stop() {
  echo "$1" >&2
  exit 1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

may_install() { command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null >>"$log" 2>&1; }

command -v "$python" >/dev/null 2>&1 ||
  stop "There is no $python on this machine. Install Python 3.11 or newer, then run make again."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "$("$python" --version) is too old: Python 3.11 or newer is needed. Name one, as in: make run PYTHON=python3.12"

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  by_hand="Install it (Debian, Ubuntu: apt-get install python3-venv), then run make again."
  may_install || stop "Python's venv module is missing. $by_hand"
  log=$(mktemp)
  version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  echo "Installing $version ..."
  apt update -qq || true # the list at hand may do
  apt install -y -qq --no-install-recommends "$version" ca-certificates ||
    stop "Python's venv module is missing and could not be installed ($log says why). $by_hand"
  rm -f "$log"
fi

echo "Setting up ..."
"$python" -m venv --clear .tools
.tools/bin/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r tools.lock </dev/null
