"""Fetches one address in a process of its own and prints what that cost at most.

`python -m tests.benchmarks.fetching URL LIMIT` for a body, `… URL` for a sitemap.
"""

import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from digest.config import SourceTable
from digest.errors import SourceError
from digest.sources.http import FEED_LIMIT, Http
from digest.sources.sitemap import Sitemap
from digest.values import SourceState

_STATUS = Path("/proc/self/status")


def cost(url: str, limit: int = FEED_LIMIT) -> tuple[int, str]:
    """Return by how many bytes a fresh process grew at its largest, and the answer's size or the error."""
    return _measured(url, str(limit))


def cost_of_sitemap(url: str) -> tuple[int, str]:
    """Return by how many bytes a fresh process grew at its largest over a sitemap, and how many addresses it found or the error."""
    return _measured(url)


def _measured(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.benchmarks.fetching", *arguments]
    grown, said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split(maxsplit=1)
    return int(grown), said.strip()


def _largest() -> int:
    """Return the most memory this process ever had, in bytes; where the system's own count would include its parent's, from Linux."""
    if _STATUS.exists():
        return (
            next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")) * 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts bytes


def _sitemap(http: Http, url: str) -> int:
    table = SourceTable.model_validate({"id": "site", "kind": "sitemap", "url": url, "allow_private_addresses": True})
    fetched = Sitemap(table, http).fetch(SourceState(now=datetime(2026, 11, 24, 6, tzinfo=UTC)))
    return len((fetched.memory or {})["known"])


def main(url: str, limit: str = "") -> None:
    """Fetch, and print what it cost."""
    with Http() as http:
        before = _largest()
        try:
            body = http.get(url, allow_private=True, limit=int(limit)).body if limit else b""
            said = str(len(body) if limit else _sitemap(http, url))
        except SourceError as error:
            said = error.detail
        sys.stdout.write(f"{_largest() - before} {said}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
