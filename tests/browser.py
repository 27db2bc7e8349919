"""A real Chromium for the tests: finds the machine's own, or the one that Playwright brought, and starts it offline."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserType

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_FLAGS = (
    "--no-sandbox",  # root has no sandbox; only our own pages are shown
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it would look up its maker's hosts at every start
    "--disable-component-update",
    "--disable-sync",
)


def find(chromium: BrowserType) -> Path | None:
    """Return the path of a Chromium on this machine, None when there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    own = Path(chromium.executable_path)
    return own if own.exists() else None


def launch(chromium: BrowserType, path: Path) -> Browser:
    """Start the browser without a window."""
    return chromium.launch(executable_path=path, args=list(_FLAGS), headless=True)
