#!/usr/bin/env bash
# The tests look at pages in a real Chromium: the machine's own, else Debian's package, else the one that Playwright brings.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
log=.venv/chromium.log

works() { command -v "$1" >/dev/null 2>&1 && "$1" --version </dev/null >/dev/null 2>&1; }

is_here() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if works "$name"; then return 0; fi
  done
  return 1
}

is_debian() { [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ]); }

may_be_root() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

from_debian() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >"$log" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      chromium fonts-dejavu-core fonts-liberation </dev/null >>"$log" 2>&1
}

playwrights_own() {
  "$python" -c 'import os, sys; from playwright.sync_api import sync_playwright as play
with play() as p: sys.exit(not os.path.exists(p.chromium.executable_path))' </dev/null >/dev/null 2>&1
}

from_playwright() {
  options=()
  if command -v apt-get >/dev/null 2>&1 && may_be_root; then options=(--with-deps); fi
  "$python" -m playwright install ${options[@]+"${options[@]}"} chromium </dev/null >>"$log" 2>&1
}

if is_here || playwrights_own; then exit 0; fi
echo "Installing Chromium for the browser tests ..."
if is_debian && may_be_root && from_debian && is_here; then exit 0; fi
if from_playwright && playwrights_own; then exit 0; fi
echo "Chromium could not be installed ($log says why). Install it (Debian: apt-get install chromium), then run make test again." >&2
exit 1
