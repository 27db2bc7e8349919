#!/usr/bin/env bash
# The tests look at pages in a real Chromium: Debian's own where there is apt, else the one that Playwright brings.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi
  echo "Installing Chromium for the browser tests ..."
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq </dev/null >/dev/null
  $sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core </dev/null >/dev/null 2>&1 && exit 0
  echo "Chromium could not be installed. Install it by hand (apt-get install chromium), then run make test again." >&2
  exit 1
fi
exec .venv/bin/python -m playwright install chromium
